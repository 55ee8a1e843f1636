// Durable commands: musterd, Fastify and pgbench, the same cycle on the same tables.
import { commands, pgbench, slice, wake } from '../lib/load.js'

const sliceSize = 5000

// Closed loop at several widths, then constant rates; each with people not used before.
export async function musterdCommands(stage, report, { seconds }, { messaging, connections, rates }) {
  const group = messaging ? 'Durable commands, relay and broker running' : 'Durable commands, relay off'
  const database = await stage.freshDatabase()
  const server = await stage.startMusterd(database, { messaging })
  let next = 0
  const measure = async (name, options) => {
    const people = slice(stage, next++, sliceSize)
    await wake(stage, server, people)
    await stage.checkpoint()
    report.add(group, name, pick(await commands(stage, server, people, { seconds, warmUp: 2, ...options }, { messaging })))
  }
  for (const count of connections) await measure(`musterd, ${count} connections`, { connections: count })
  for (const rate of rates) await measure(`musterd, ${rate}/s constant`, { connections: 256, rate })
  if (!messaging) await compareCounts(stage, database)
  await stage.stopServer(server)
}

export async function fastifyCommands(stage, report, { seconds }, { connections, rates, workers }) {
  const database = await stage.freshDatabase()
  for (const count of workers) {
    const server = await stage.startFastify(database, count)
    const people = slice(stage, count, sliceSize)
    const measure = async (name, options) => {
      await stage.checkpoint()
      report.add('Durable commands, relay off', `Fastify and pg, ${count} process${count > 1 ? 'es' : ''}, ${name}`,
        pick(await commands(stage, server, people, { seconds, warmUp: 2, ...options })))
    }
    for (const width of connections) {
      await measure(`${width} connections`, { connections: width })
      // The load leaves people in the middle of their cycle.
      people.skip += sliceSize * 4
    }
    for (const rate of rates) {
      await measure(`${rate}/s constant`, { connections: 256, rate })
      people.skip += sliceSize * 4
    }
    await stage.stopServer(server)
  }
  await compareCounts(stage, database)
}

export async function pgbenchCommands(stage, report, { seconds }, { clients }) {
  for (const script of ['one_statement', 'statements']) {
    for (const count of clients) {
      const database = await stage.freshDatabase()
      const found = await pgbench(stage, database, `${stage.source}/bench/peers/pgbench/${script}.sql`, count, seconds)
      report.add('Durable commands, relay off', `pgbench, ${script.replace('_', ' ')}${script === 'statements' ? ' in a transaction' : ''}, ${count} clients`, found)
    }
  }
}

// Audit entries, events and answers must be equally many, or the measured side cheated.
async function compareCounts(stage, database) {
  const { rows: [found] } = await stage.sql(database, `SELECT (SELECT count(*) FROM audit.entry)::int AS audited,
    (SELECT count(*) FROM messaging.outbox)::int AS events, (SELECT count(*) FROM journal.idempotency_key)::int AS answers`)
  if (found.audited === 0 || found.audited !== found.events || found.events !== found.answers)
    throw new Error(`the tables do not agree: ${JSON.stringify(found)}`)
}

export const pick = ({ rate, p50, p90, p99, p999, max, wrong, delayed, unanswered, cpuUs }) =>
  ({ rate, p50, p90, p99, p999, max, wrong, delayed, unanswered, cpuUs })
