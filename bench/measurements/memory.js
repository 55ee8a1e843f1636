// Resident memory, and how long a start takes.
import { load, slice } from '../lib/load.js'
import { residentBytes } from '../lib/machine.js'
import { sleep } from '../lib/process.js'

// Waits until it no longer changes.
async function settled(pid) {
  let last = 0, now = residentBytes(pid)
  for (let i = 0; i < 20 && Math.abs(now - last) > now / 200; i++) {
    await sleep(500)
    ;[last, now] = [now, residentBytes(pid)]
  }
  return now
}

export async function memory(stage, report) {
  const server = await stage.startMusterd(await stage.freshDatabase(), { messaging: true, settings: { MUSTERD_ACTORS_IDLE_SECONDS: 3600 } })
  const people = slice(stage, 0, stage.people)
  const idle = await settled(server.pid)
  const everybody = (path) => load(stage, server, { scenario: 'get', path, connections: 16, once: true, ...people })
  await everybody('/api/security/me')
  const persons = await settled(server.pid)
  await everybody('/api/people/me/timecard')
  const timecards = await settled(server.pid)
  report.add('Memory', `${stage.people.toLocaleString('en-US')} people`, {
    'idle, MiB': idle / 2 ** 20, 'with persons awake and tokens cached, MiB': persons / 2 ** 20,
    'with timecards awake too, MiB': timecards / 2 ** 20, 'per awake person and token, KiB': (persons - idle) / stage.people / 1024,
    'per awake timecard, KiB': (timecards - persons) / stage.people / 1024 })
  await stage.stopServer(server)
}

export async function starting(stage, report) {
  const database = await stage.freshDatabase()
  for (let i = 0; i < 10; i++) {
    const server = await stage.startMusterd(database, { messaging: true })
    report.add('Start', 'migrated database, ten starts', { 'start to ready, ms': server.readyMs })
    await stage.stopServer(server)
  }
}
