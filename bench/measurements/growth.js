// The cost of a start, a wake, a command and an idle second in a new company and an old one.
import { Client, closedLoop, percentiles } from '../lib/http.js'
import { cpuSeconds } from '../lib/machine.js'
import { sleep } from '../lib/process.js'
import { shop } from '../lib/stage.js'

const group = 'Growth', idleSeconds = 30
const thousands = (n) => n.toLocaleString('en-US')

export async function growth(stage, report, { sized, auditRows }) {
  const young = { days: 30, months: 1, tenants: 1, restarts: 1, rows: 1000 }
  const old = { days: sized(3650), months: Math.max(1, sized(120)), tenants: sized(1000), restarts: sized(1000), rows: auditRows }
  for (const [name, history] of [['new', young], [`${thousands(old.days)} days of one person, ${thousands(old.tenants)} companies, ` +
    `${thousands(old.restarts)} restarts, ${thousands(old.rows)} entries`, old]]) {
    const database = await stage.freshDatabase()
    await stage.script(database, 'growth', history)
    await once(stage, database) // the first chain opened after the old ones reads them all
    await stage.checkpoint()
    await measure(stage, report, database, name, sized(500))
  }
}

const path = (what) => `/api/people/me/${what}`
const clockIn = (client) => client.ask('POST', path('clock-in'), { locationId: shop }, 201)
const clockOut = (client) => client.ask('POST', path('clock-out'), {})

async function once(stage, database) {
  const server = await stage.startMusterd(database)
  const client = new Client(server.port, stage.token(), 1)
  await clockIn(client)
  await clockOut(client)
  client.close()
  await stage.stopServer(server)
}

async function measure(stage, report, database, name, commands) {
  const server = await stage.startMusterd(database, { settings: { MUSTERD_ACTORS_IDLE_SECONDS: 1 } })
  const client = new Client(server.port, stage.token(), 1)
  const wakes = await closedLoop(1, [1], () => client.ask('GET', '/api/security/me'))
  const [first] = await closedLoop(1, [1], () => clockIn(client)) // opens a chain
  await clockOut(client)
  for (let i = 0; i < 5; i++) {
    await sleep(7000) // asleep after a second, at the next sweep
    wakes.push(...await closedLoop(1, [i], () => client.ask('GET', '/api/security/me')))
  }
  const took = await closedLoop(1, Array(commands).fill(0), async () => {
    await clockIn(client)
    await clockOut(client)
  })
  client.close()
  await sleep(7000)
  const before = [cpuSeconds(server.pid), cpuSeconds(stage.databasePid)]
  await sleep(idleSeconds * 1000)
  const after = [cpuSeconds(server.pid), cpuSeconds(stage.databasePid)]
  const perSecond = before.map((began, i) => ((after[i] - began) * 1000) / idleSeconds)
  report.add(`${group}: once`, name, { 'start to ready, ms': server.readyMs, 'first command, opening a chain, ms': first / 1000,
    'a second of nothing, ms of CPU, server': perSecond[0], 'a second of nothing, ms of CPU, database': perSecond[1] })
  report.add(`${group}: time`, `person woken: ${name}`, percentiles(wakes.slice(1)))
  report.add(`${group}: time`, `clock-in and clock-out: ${name}`, { rate: (took.length * 1e6) / took.reduce((sum, us) => sum + us, 0), ...percentiles(took) })
  await stage.stopServer(server)
}
