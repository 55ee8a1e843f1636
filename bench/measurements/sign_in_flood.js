// Commands with and without strangers guessing passwords at a constant rate, in turns. Each guess has another
// user and address (by a trusted proxy's word), so that no throttle refuses it before it is hashed or queued.
import { Client, constantRate } from '../lib/http.js'
import { commands, slice, wake } from '../lib/load.js'

const rate = 200, connections = 32, sliceSize = 2500, group = `Sign-in flood of ${rate}/s ÷ no flood`

export async function signInFlood(stage, report, { rounds, seconds }) {
  const server = await stage.startMusterd(await stage.freshDatabase(), { settings: { MUSTERD_HTTP_TRUSTED_PROXIES: '127.0.0.1' } })
  const client = new Client(server.port, '', 256)
  let guess = 0
  const statuses = {}
  const guessOnce = async () => {
    const n = guess++, address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
    const { status } = await client.send('POST', '/api/security/auth/token',
      { grantType: 'password', tenantCode: 'bench', username: `bench.${1 + (n % stage.people)}`, password: `wrong guess ${n}` }, { 'X-Forwarded-For': address })
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  for (let round = 0; round < 2 * rounds; round++) {
    const people = slice(stage, round, sliceSize), found = {}
    await wake(stage, server, people)
    for (const flooded of round % 2 ? [true, false] : [false, true]) {
      await stage.checkpoint()
      const flood = flooded ? constantRate(rate, Array.from({ length: rate * (seconds + 1) }), guessOnce) : undefined
      found[flooded] = await commands(stage, server, people, { seconds, warmUp: 1, connections })
      await flood
    }
    const ratio = (of) => of(found.true) / of(found.false)
    report.add(group, `${connections} connections`, { 'commands a second': ratio((f) => f.rate), 'median latency': ratio((f) => f.p50),
      'p99 latency': ratio((f) => f.p99), 'commands a second, flooded': found.true.rate, 'commands a second, quiet': found.false.rate })
  }
  console.log(`  guesses were answered ${JSON.stringify(statuses)}`)
  client.close()
  await stage.stopServer(server)
}
