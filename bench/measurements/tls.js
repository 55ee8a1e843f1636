// The cost of TLS per request on kept-alive connections: the same server with and without, in turns. A ratio
// is of two neighbouring turns.
import os from 'node:os'
import { commands, load, slice, wake } from '../lib/load.js'

const sliceSize = 2500, group = 'TLS ÷ plain, kept-alive connections'

const reads = (stage, server, people, options) => load(stage, server, { scenario: 'get', ...people, ...options })
const workloads = [['a timecard from its actor, 1 connection', reads, { connections: 1 }],
  ['a timecard from its actor, 32 connections', reads, { connections: 32 }],
  ['commands, 32 connections', commands, { connections: 32 }]]

export async function tls(stage, report, { rounds, seconds }) {
  const sides = []
  for (const encrypted of [false, true]) {
    const name = encrypted ? 'tls' : 'plain'
    sides.push({ name, server: await stage.startMusterd(await stage.freshDatabase(`bench_${name}`), { tls: encrypted }) })
  }
  let next = 0
  for (let round = 0; round < rounds; round++)
    for (const [name, ask, options] of workloads) {
      const found = {}, people = slice(stage, next++, sliceSize)
      for (const side of round % 2 ? [...sides].reverse() : sides) {
        await wake(stage, side.server, people)
        await stage.checkpoint()
        found[side.name] = await ask(stage, side.server, people, { seconds, warmUp: 1, ...options })
        if (found[side.name].wrong) throw new Error(`${side.name}: ${found[side.name].firstWrong}`)
      }
      const ratio = (of) => of(found.tls) / of(found.plain)
      report.add(group, name, { 'CPU of the server': ratio((f) => f.cpuUs.server), 'median latency': ratio((f) => f.p50),
        'answers a second': ratio((f) => f.rate), 'CPU of the server with TLS': found.tls.cpuUs.server,
        'CPU of the server, plain': found.plain.cpuUs.server, 'load of the machine': os.loadavg()[0] })
    }
  for (const side of sides) await stage.stopServer(side.server)
}
