// Runs a load and measures the CPU time that each party spends on it.
import { cpuSeconds } from './machine.js'
import { start } from './process.js'
import { shop } from './stage.js'

// CPU time of all parties between two moments.
function cpuMeter(parties) {
  const read = () => Object.fromEntries(Object.entries(parties).map(([name, pid]) => [name, cpuSeconds(pid)]))
  const before = read()
  return () => {
    const after = read()
    return Object.fromEntries(Object.keys(parties).map((name) => [name, after[name] - before[name]]))
  }
}

const perOperation = (cpu, operations) =>
  Object.fromEntries(Object.entries(cpu).map(([name, seconds]) => [name, operations ? (seconds * 1e6) / operations : 0]))

function parties(stage, server, { messaging = false } = {}) {
  return { ...(server && { server: server.pid }), database: stage.databasePid, ...(messaging && { broker: stage.brokerPid }) }
}

// Options are those of musterd_load, in camel case.
export async function load(stage, server, options, { messaging = false, withDatabase = true } = {}) {
  const flags = Object.entries({ port: server.port, tls: server.tls, ...options }).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`
    return value === true ? [flag] : value === false || value === undefined ? [] : [flag, String(value)]
  })
  const watched = parties(stage, server, { messaging })
  if (!withDatabase) delete watched.database
  let meter, cpu, result
  const child = start(stage.binaries.load, flags, { onLine(line) {
    const message = JSON.parse(line)
    if (message.event === 'begin') meter = cpuMeter(watched)
    else [cpu, result] = [meter?.() ?? {}, message]
  } })
  const ended = await child.ended
  if (!result) throw new Error(`the load ended with ${ended.code}: ${ended.errors}`)
  if (result.wrong) console.error(`  ! ${result.wrong} wrong answers, the first: ${result.firstWrong.slice(0, 300)}`)
  cpu.client = result.clientCpuSeconds
  return { ...result, cpuUs: perOperation(cpu, result.answers) }
}

export const slice = (stage, n, size) => ({ peopleFile: stage.peopleFile, skip: n * size, people: size })

// Afterwards everybody is awake and their tokens are known.
export const wake = (stage, server, people) =>
  load(stage, server, { scenario: 'get', connections: 32, once: true, ...people })

export const commands = (stage, server, people, options, parties) =>
  load(stage, server, { scenario: 'commands', location: shop, ...people, ...options }, parties)

// Runs a second longer than asked for: the first one is the warm-up.
export async function pgbench(stage, database, script, clients, seconds) {
  const progress = []
  let meter, cpu, client
  const child = start('pgbench', ['-n', '-M', 'prepared', '-f', script, '-D', 'n=0', '-c', clients, '-j', '1', '-T',
    seconds + 1, '-P', '1', stage.url(database)].map(String))
  // pgbench reports its progress on its standard error.
  child.stderr.on('data', (text) => {
    for (const [, tps] of String(text).matchAll(/progress: .*?, ([\d.]+) tps/g)) {
      progress.push(Number(tps))
      if (progress.length === 1) [meter, client] = [cpuMeter(parties(stage)), cpuMeter({ client: child.pid })]
      else [cpu, client.last] = [meter(), client()]
    }
  })
  const { code, errors } = await child.ended
  if (code !== 0 || progress.length < 2) throw new Error(`pgbench ended with ${code}: ${errors}`)
  // A script is a cycle of four commands.
  const counted = progress.slice(1), cycles = counted.reduce((sum, tps) => sum + tps, 0)
  return { rate: (4 * cycles) / counted.length, cpuUs: perOperation({ ...cpu, ...client.last }, 4 * cycles) }
}
