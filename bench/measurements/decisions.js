// Dated, scoped authorization decisions in process, over HTTP and in batches; libraries and a policy server
// with the same roles.
import { writeFileSync } from 'node:fs'
import { assignmentsOf, now as companyNow, question as companyQuestion } from '../peers/authz/company.js'
import { writeCerbos } from '../peers/authz/cerbos.js'
import { load, slice, wake } from '../lib/load.js'
import { run } from '../lib/process.js'
import { tenant } from '../lib/stage.js'
import { pick } from './commands.js'

const idOf = (kind, n) => `0b000000-${kind.toString(16).padStart(4, '0')}-7000-8000-${n.toString(16).padStart(12, '0')}`
const now = '2026-06-01T12:00:00Z'
let seed = 42
const random = (n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n

// Half of them are allowed: every second assignment has expired.
function question(users) {
  const n = 1 + random(users), i = random(10)
  const permission = `bench:thing_${((n * 7 + i * 3) % 30) * 10 + random(10)}:use`
  return { userId: idOf(2, n), permission, locationId: idOf(17, (n + i * 5) % 50), at: now }
}

async function database(stage) {
  const name = await stage.freshDatabase()
  await run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', `tenant=${tenant}`, '-v', `people=${stage.people}`,
    '-f', `${stage.source}/bench/sql/assignments.sql`, stage.url(name)])
  return name
}

export async function decisions(stage, report, { seconds }) {
  const { lines: [line] } = await run(stage.binaries.decisions, ['--users', '100000'])
  const { rate, p50, p99, p999, allocations, bytesPerUser } = JSON.parse(line)
  report.add('Decisions in process, 100,000 users with 10 assignments each', 'find the user and decide',
    { rate, 'p50 ns': p50, 'p99 ns': p99, 'p99.9 ns': p999, allocations, 'bytes per user': bytesPerUser })
  const base = await database(stage), server = await stage.startMusterd(base)
  const users = Math.min(stage.people, 20_000), token = stage.serviceToken()
  await wake(stage, server, slice(stage, 0, users))
  const single = `${stage.work}/questions.txt`, batch = `${stage.work}/batches.txt`
  writeFileSync(single, Array.from({ length: 50_000 }, () => `"decision" ${token} ${JSON.stringify(question(users))}\n`).join(''))
  writeFileSync(batch, Array.from({ length: 64 }, () =>
    `"decisions" ${token} ${JSON.stringify({ questions: Array.from({ length: 1000 }, () => question(users)) })}\n`).join(''))
  report.add('Decisions over HTTP', 'one each, 32 connections', pick(await load(stage, server,
    { scenario: 'post', path: '/internal/authz/decisions', connections: 32, seconds, warmUp: 1, peopleFile: single }, { withDatabase: false })))
  const batches = (to, connections) => load(stage, to,
    { scenario: 'post', path: '/internal/authz/decisions/batch', connections, seconds, warmUp: 1, peopleFile: batch }, { withDatabase: false })
  const each = (found) => pick({ ...found, rate: found.rate * 1000,
    cpuUs: Object.fromEntries(Object.entries(found.cpuUs).map(([party, us]) => [party, us / 1000])) })
  for (const connections of [1, 8])
    report.add('Decisions over HTTP', `batches of 1,000, ${connections} connections: decisions`, each(await batches(server, connections)))
  await stage.stopServer(server)
  const wide = await stage.startMusterd(base, { settings: { MUSTERD_HTTP_THREADS: 2 } })
  await wake(stage, wide, slice(stage, 0, users))
  report.add('Decisions over HTTP', 'batches of 1,000, 8 connections, two HTTP threads: decisions', each(await batches(wide, 8)))
  await stage.stopServer(wide)
}

// Each library in its own process, with users and roles of the same shape, but only assignments in force:
// they know no dates.
export async function decisionPeers(stage, report) {
  for (const name of ['casbin', 'casl', 'cedar']) {
    const { lines } = await run('node', [`${stage.source}/bench/peers/authz/${name}.js`])
    const { note, ...numbers } = JSON.parse(lines.at(-1))
    report.add('Decisions in process, libraries from npm', `${name}, ${note}`, numbers)
  }
}

// A policy server. It stores no assignments, so every question carries them.
export async function cerbos(stage, report, { seconds }) {
  const server = await stage.startCerbos(writeCerbos)
  const body = () => {
    const { n, permission, shop } = companyQuestion(20_000)
    const held = assignmentsOf(n).map(({ role, shop, end }) => ({ role, shop, end: Math.min(end, Number.MAX_SAFE_INTEGER) }))
    return JSON.stringify({ principal: { id: `${n}`, roles: ['user'], attr: { held } },
      resources: [{ actions: [permission], resource: { kind: 'shop', id: `${shop}`, attr: { shop, at: companyNow } } }] })
  }
  const questions = `${stage.work}/cerbos-questions.txt`
  writeFileSync(questions, Array.from({ length: 20_000 }, () => `EFFECT_ - ${body()}\n`).join(''))
  report.add('Decisions over HTTP', 'Cerbos PDP, one each, 32 connections', pick(await load(stage, server,
    { scenario: 'post', path: '/api/check/resources', connections: 32, seconds, warmUp: 1, peopleFile: questions }, { withDatabase: false })))
  await stage.stopServer(server)
}

export async function me(stage, report, { seconds }) {
  const server = await stage.startMusterd(await stage.freshDatabase())
  const people = slice(stage, 0, 5000)
  await wake(stage, server, people)
  report.add('Reads', 'musterd, /api/security/me, 32 connections',
    pick(await load(stage, server, { scenario: 'get', path: '/api/security/me', connections: 32, seconds, warmUp: 1, ...people })))
  await stage.stopServer(server)
}
