// What bench/run runs once everything is built. See bench/README.md.
import { mkdtempSync, chmodSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { describeMachine } from './lib/machine.js'
import { killAll } from './lib/process.js'
import { Report } from './lib/report.js'
import { Stage } from './lib/stage.js'
import { fastifyCommands, musterdCommands, pgbenchCommands } from './measurements/commands.js'
import { audit } from './measurements/audit.js'
import { deadLetters } from './measurements/dead_letters.js'
import { cerbos, decisionPeers, decisions, me } from './measurements/decisions.js'
import { dueCommands } from './measurements/due_commands.js'
import { durablePeers } from './measurements/durable_peers.js'
import { growth } from './measurements/growth.js'
import { memory, starting } from './measurements/memory.js'
import { offboarding } from './measurements/offboarding.js'
import { relayAfterKill, relayLatency, relayRate } from './measurements/outbox.js'
import { paired } from './measurements/paired.js'
import { placements } from './measurements/placements.js'
import { reads, waking } from './measurements/reads.js'
import { signInFlood } from './measurements/sign_in_flood.js'
import { tls } from './measurements/tls.js'

const { values: options } = parseArgs({ options: {
  source: { type: 'string' }, build: { type: 'string' }, rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '8' }, people: { type: 'string', default: '100000' },
  only: { type: 'string', default: '' }, 'audit-rows': { type: 'string', default: '10000000' }, results: { type: 'string' },
  scale: { type: 'string', default: '1' }, beside: { type: 'string' },
} })
const { source, build } = options
const settings = { rounds: Number(options.rounds), seconds: Number(options.seconds),
  sized: (count) => Math.max(1, Math.round(count * Number(options.scale))) }

// Once per round, one side after the other, so that changes on the machine affect all of them.
const measurements = {
  musterd: (stage, report) => musterdCommands(stage, report, settings, { messaging: false, connections: [1, 16, 32, 64, 256], rates: [1000, 2000, 4000] }),
  relay: (stage, report) => musterdCommands(stage, report, settings, { messaging: true, connections: [1, 32], rates: [2000] }),
  fastify: (stage, report) => fastifyCommands(stage, report, settings, { connections: [32], rates: [1000], workers: [1, 2] }),
  pgbench: (stage, report) => pgbenchCommands(stage, report, settings, { clients: [1, 8, 16, 32, 64] }),
  reads: (stage, report) => reads(stage, report, settings),
  outbox: relayRate,
  latency: (stage, report) => relayLatency(stage, report, settings),
  kill: relayAfterKill,
  wake: waking,
  decisions: (stage, report) => decisions(stage, report, settings),
  decision_peers: decisionPeers,
  cerbos: (stage, report) => cerbos(stage, report, settings),
  me: (stage, report) => me(stage, report, settings),
  offboarding: (stage, report) => offboarding(stage, report, settings),
  due_commands: (stage, report) => dueCommands(stage, report, settings),
  placements: (stage, report) => placements(stage, report, settings),
  durable_peers: (stage, report) => durablePeers(stage, report, settings),
}
const once = { growth: (stage, report) => growth(stage, report, { ...settings, auditRows: Number(options['audit-rows']) }),
  paired: (stage, report) => paired(stage, report, settings, { other: options.beside, connections: [1, 32, 256] }),
  sign_in_flood: (stage, report) => signInFlood(stage, report, settings), tls: (stage, report) => tls(stage, report, settings),
  dead_letters: deadLetters, memory, start: starting, audit: (stage, report) => audit(stage, report, { auditRows: Number(options['audit-rows']) }) }

// `paired` needs another build.
if (!options.beside) delete once.paired
const only = options.only ? options.only.split(',') : [...Object.keys(measurements), ...Object.keys(once)]
const unknown = only.filter((name) => !(name in measurements) && !(name in once))
if (unknown.length) throw new Error(`unknown: ${unknown}; known: ${Object.keys({ ...measurements, ...once })}`)

const git = (...args) => execFileSync('git', ['-C', source, ...args], { encoding: 'utf8' }).trim()
const report = new Report({
  date: new Date().toISOString().slice(0, 10), commit: git('describe', '--always', '--dirty'), machine: describeMachine(),
  ...settings, people: Number(options.people), scale: Number(options.scale),
})
const work = mkdtempSync(`${os.tmpdir()}/musterd-bench-`)
chmodSync(work, 0o711) // the database's user needs access
const stage = new Stage({ source, work, people: Number(options.people),
  binaries: { musterd: `${build}/musterd`, load: `${build}/musterd_load`, tokens: `${build}/musterd_tokens`,
    decisions: `${build}/musterd_decisions` } })

let closing
async function close(code) {
  closing ??= (async () => {
    killAll()
    await stage.close()
    rmSync(work, { recursive: true, force: true })
    process.exit(code)
  })()
  return closing
}
process.on('SIGINT', () => close(130))
process.on('SIGTERM', () => close(143))

try {
  console.log('preparing people and tokens')
  await stage.open()
  const failed = []
  const perform = async (name, measurement) => {
    if (!only.includes(name)) return
    try {
      await measurement(stage, report)
    } catch (error) {
      console.error(`  ! ${name}: ${error.message}`)
      failed.push(name)
    }
  }
  for (let round = 1; round <= settings.rounds; round++) {
    console.log(`round ${round}`)
    for (const [name, measurement] of Object.entries(measurements)) await perform(name, measurement)
  }
  for (const [name, measurement] of Object.entries(once)) await perform(name, measurement)
  report.about.failed = failed
  report.write(options.results ?? `${source}/bench/results`)
  await close(failed.length ? 1 : 0)
} catch (error) {
  console.error(error)
  await close(1)
}
