// Reads of one timecard, nginx with a file of the same size, and the first read of a sleeping person.
import { load, slice, wake } from '../lib/load.js'
import { get } from '../lib/stage.js'
import { pick } from './commands.js'

export async function reads(stage, report, { seconds }) {
  const server = await stage.startMusterd(await stage.freshDatabase())
  const people = slice(stage, 0, 5000)
  await wake(stage, server, people)
  report.add('Reads', 'musterd, timecard from its actor, 32 connections',
    pick(await load(stage, server, { scenario: 'get', connections: 32, seconds, warmUp: 1, ...people })))
  const { body } = await get(server.port, '/api/people/me/timecard', { Authorization: `Bearer ${stage.token()}` })
  await stage.stopServer(server)
  for (const workers of [1, 2]) {
    const nginx = await stage.startNginx(workers, body)
    report.add('Reads', `nginx, a file of ${body.length} bytes, ${workers} worker${workers > 1 ? 's' : ''}, 32 connections`,
      pick(await load(stage, nginx, { scenario: 'get', path: '/timecard.json', connections: 32, seconds, warmUp: 1 }, { withDatabase: false })))
    await stage.stopServer(nginx)
  }
}

// The first pass verifies the token and wakes the person, so that the second wakes only the timecard.
export async function waking(stage, report) {
  const server = await stage.startMusterd(await stage.freshDatabase())
  const people = slice(stage, 0, 2000)
  const pass = (path) => load(stage, server, { scenario: 'get', path, connections: 1, once: true, ...people })
  const steps = [['token verified, person woken', '/api/security/me'], ['timecard woken', '/api/people/me/timecard'],
    ['all awake', '/api/people/me/timecard']]
  for (const [name, path] of steps) report.add('Waking, one connection', name, pick(await pass(path)))
  await stage.stopServer(server)
}
