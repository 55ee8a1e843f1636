// Compares this build with another where the cost is below the machine's noise: both serve from their own
// databases and are measured in turns. A ratio is of two neighbouring turns.
import { commands, slice, wake } from '../lib/load.js'

const sliceSize = 2500, group = 'Paired: this build ÷ the other'

export async function paired(stage, report, { rounds, seconds }, { other, connections }) {
  const sides = []
  for (const [name, binary] of [['this', stage.binaries.musterd], ['other', other]]) {
    const template = `bench_template_${name}`, database = `bench_${name}`
    await stage.makeTemplate(template, binary)
    await stage.freshDatabase(database, template)
    sides.push({ name, server: await stage.startMusterd(database, { binary }) })
  }
  let next = 0
  for (const count of connections)
    for (let round = 0; round < rounds; round++, next++) {
      const found = {}
      for (const side of round % 2 ? [...sides].reverse() : sides) {
        const people = slice(stage, next, sliceSize)
        await wake(stage, side.server, people)
        await stage.checkpoint()
        found[side.name] = await commands(stage, side.server, people, { seconds, warmUp: 1, connections: count })
        if (found[side.name].wrong) throw new Error(`${side.name}: ${found[side.name].firstWrong}`)
      }
      const ratio = (of) => of(found.this) / of(found.other)
      report.add(group, `${count} connections`, { 'answers a second': ratio((f) => f.rate), 'median latency': ratio((f) => f.p50),
        'CPU of the server': ratio((f) => f.cpuUs.server), 'CPU of the database': ratio((f) => f.cpuUs.database),
        'commands a second, this': found.this.rate, 'commands a second, other': found.other.rate })
    }
  for (const side of sides) await stage.stopServer(side.server)
}
