// The offboarding scheduler alone: commands that fall due, and an external work execution that never answers.
import amqp from 'amqplib'
import { percentiles } from '../lib/http.js'
import { until } from '../lib/process.js'

// Keeps attempts IN_PROGRESS for as long as the measurement takes.
const settings = { MUSTERD_WORKEXEC_MODE: 'external', MUSTERD_OFFBOARDING_ANSWER_WITHIN: '6h' }
const attempts = `SELECT DISTINCT ON (command_id) command_id, happened_at FROM people.offboarding_history
  WHERE what = 'ATTEMPTED' ORDER BY command_id, happened_at`

export async function dueCommands(stage, report, { sized }) {
  await withBroker(stage, (received) => retries(stage, report, received, sized(20_000)))
  await withBroker(stage, (received) => restart(stage, report, received, sized(100_000), sized(10_000)))
  await withBroker(stage, (received) => dueTimes(stage, report, received, sized(5000), 10))
}

// A queue in place of the external work execution; nobody reads it.
async function withBroker(stage, action) {
  const connection = await amqp.connect(stage.amqpUrl)
  const channel = await connection.createChannel()
  await channel.assertExchange('workexec.commands', 'direct', { durable: true })
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, 'workexec.commands', 'workexec.stop_job_timers.v1')
  try {
    await action(async () => (await channel.checkQueue(queue)).messageCount)
  } finally {
    await connection.close()
    await stage.emptyQueues()
  }
}

const start = (stage, database) => stage.startMusterd(database, { messaging: true, settings })
const insert = (stage, database, commands, first, spread = 0) =>
  stage.script(database, 'offboarding', { commands, state: 'RETRYING', first, spread })
const one = async (stage, database, text) => Number(Object.values((await stage.sql(database, text)).rows[0])[0])
const attempted = (stage, database) => one(stage, database, "SELECT count(*) FROM people.offboarding_history WHERE what = 'ATTEMPTED'")
// Uses an index of those left, so that polling costs next to nothing.
const allAttempted = (stage, database) => until('all attempted', 180_000, async () =>
  (await stage.sql(database, "SELECT 1 FROM people.offboarding_command WHERE state = 'RETRYING' ORDER BY first_failed_at LIMIT 1")).rowCount === 0)

// Each command was attempted once, awaits its answer, and was sent at least once (twice perhaps after a
// kill).
async function check(stage, database, received, commands) {
  const { rows: [found] } = await stage.sql(database, `SELECT
    (SELECT count(*) FROM people.offboarding_command WHERE state = 'IN_PROGRESS' AND attempts = 2)::int AS waiting,
    (SELECT count(*) FROM people.offboarding_history WHERE what = 'ATTEMPTED')::int AS history`)
  if (found.waiting !== commands || found.history !== commands) throw new Error(`of ${commands} commands: ${JSON.stringify(found)}`)
  await until('all messages', 60_000, async () => (await received()) >= commands)
}

async function retries(stage, report, received, commands) {
  const database = await stage.freshDatabase()
  await insert(stage, database, commands, 0)
  await stage.checkpoint()
  const server = await start(stage, database)
  await allAttempted(stage, database)
  const ended = Date.now()
  const began = await one(stage, database, `SELECT extract(epoch FROM min(happened_at)) * 1000 FROM (${attempts}) a`)
  await check(stage, database, received, commands)
  report.add('Due commands', `${commands.toLocaleString('en-US')} retries due at once`, { rate: (commands * 1000) / (ended - began) })
  await stage.stopServer(server)
}

// Kills the server in the middle of its work; earlier attempts stay as they are.
async function restart(stage, report, received, commands, some) {
  const database = await stage.freshDatabase()
  const killed = await start(stage, database)
  await insert(stage, database, commands, 0)
  await until('the first attempts', 30_000, async () => (await attempted(stage, database)) > 0, 5)
  await stage.killServer(killed)
  const before = await until('its last commit', 10_000, async () => {
    const sessions = await one(stage, database, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'musterd' AND datname = current_database()")
    return sessions === 0 && { done: await attempted(stage, database) }
  })
  const overdue = commands - before.done
  if (overdue < some) throw new Error(`only ${overdue} were left to be done`)
  await stage.checkpoint()
  // Polled from another session, so it is committed: `happened_at` is when the scheduler took a whole batch.
  const began = performance.now()
  const committed = async (count) => {
    const nth = `SELECT 1 FROM people.offboarding_history WHERE what = 'ATTEMPTED' OFFSET ${before.done + count - 1} LIMIT 1`
    await until(`${count} attempts`, 180_000, async () => (await stage.sql(database, nth)).rowCount, 5)
    return performance.now() - began
  }
  const [server, firstMs, someMs] = await Promise.all([start(stage, database), committed(1), committed(some)])
  await allAttempted(stage, database)
  const allMs = performance.now() - began
  await check(stage, database, received, commands)
  report.add('Restart after kill -9', `${commands.toLocaleString('en-US')} overdue commands`, { 'ready, ms': server.readyMs,
    'first attempt, ms': firstMs, [`${some.toLocaleString('en-US')} attempts, ms`]: someMs, 'all attempts, ms': allMs })
  await stage.stopServer(server)
}

async function dueTimes(stage, report, received, commands, seconds) {
  const database = await stage.freshDatabase()
  const server = await start(stage, database)
  await insert(stage, database, commands, 5, seconds)
  const { rows: [{ early }] } = await stage.sql(database, 'SELECT min(due_at) > now() AS early FROM bench.due')
  if (!early) throw new Error('the first was due before all were there')
  await allAttempted(stage, database)
  await check(stage, database, received, commands)
  const { rows } = await stage.sql(database, `SELECT extract(epoch FROM a.happened_at - due_at)::float8 * 1e6 AS us
    FROM (${attempts}) a JOIN bench.due USING (command_id)`)
  if (rows.length !== commands || rows.some(({ us }) => us < 0)) throw new Error('an attempt is missing, or came too early')
  report.add('Due commands', `${commands.toLocaleString('en-US')} due evenly over ${seconds} s: lateness of the attempt`,
    { rate: commands / seconds, ...percentiles(rows.map(({ us }) => us)) })
  await stage.stopServer(server)
}
