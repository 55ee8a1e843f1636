// The relay: its rate, the lateness and order of events, and the cost of a kill.
import amqp from 'amqplib'
import { commands, slice, wake } from '../lib/load.js'
import { cpuSeconds } from '../lib/machine.js'
import { sleep, until } from '../lib/process.js'
import { get, tenant } from '../lib/stage.js'

const backlog = 100_000, keys = 5000, queue = 'bench.order'

export async function metric(server, name) {
  const { body } = await get(server.port, '/metrics')
  return Number(body.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1] ?? 0)
}

// Upper bounds of a histogram's buckets, with their cumulative counts.
async function buckets(server, name) {
  const { body } = await get(server.port, '/metrics')
  return [...body.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, 'gm'))].map(([, le, count]) =>
    [le === '+Inf' ? Infinity : Number(le), Number(count)])
}

// Linear within the bucket; anything beyond the last bound is reported as that bound.
function quantile(before, after, part) {
  const counts = after.map(([le, count], i) => [le, count - (before[i]?.[1] ?? 0)])
  const wanted = part * counts.at(-1)[1]
  let [below, seen] = [0, 0]
  for (const [le, count] of counts) {
    if (count >= wanted) return le === Infinity ? below : below + ((wanted - seen) / (count - seen || 1)) * (le - below)
    ;[below, seen] = [le, count]
  }
  return below
}

async function withQueue(stage, action) {
  const connection = await amqp.connect(stage.amqpUrl)
  const channel = await connection.createChannel()
  try {
    await channel.assertExchange('people.events', 'topic', { durable: true })
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    await channel.bindQueue(queue, 'people.events', 'people.bench.#')
    return await action(channel)
  } finally {
    await connection.close()
  }
}

const insertBacklog = `
  INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,
    correlation_id, body)
  SELECT '${tenant}', gen_random_uuid(), 'BenchEvent', 'people.events', 'people.bench.event.v1', key, now(), 'bench',
    json_build_object('eventType', 'BenchEvent', 'key', key, 'n', n, 'payload', repeat('x', 600))::text
  FROM (SELECT n, format('0b000000-0001-7000-8000-%s', lpad(to_hex(n % ${keys}), 12, '0'))::uuid AS key
        FROM generate_series(1, ${backlog}) AS n) AS rows ORDER BY n`

// Only this queue is bound to these events: relay and broker, without the work of a consumer.
export async function relayRate(stage, report) {
  const database = await stage.freshDatabase()
  await withQueue(stage, (channel) => channel.purgeQueue(queue))
  await stage.sql(database, insertBacklog)
  await stage.sql(database, 'VACUUM ANALYZE messaging.outbox')
  await stage.checkpoint()
  const server = await stage.startMusterd(database, { messaging: true })
  const parties = { server: server.pid, database: stage.databasePid, broker: stage.brokerPid }
  const sample = async () => ({ at: performance.now(), done: await metric(server, 'outbox_confirmed_total'),
    cpu: Object.fromEntries(Object.entries(parties).map(([name, pid]) => [name, cpuSeconds(pid)])) })
  let first, last
  await until('the backlog', 120_000, async () => {
    const now = await sample()
    if (!first && now.done >= backlog * 0.05) first = now
    if (now.done < backlog * 0.95 || !last) last = now
    return now.done >= backlog
  }, 50)
  const events = last.done - first.done
  const cpuUs = Object.fromEntries(Object.keys(parties).map((name) => [name, ((last.cpu[name] - first.cpu[name]) * 1e6) / events]))
  report.add('Outbox', `${backlog.toLocaleString('en-US')} events waiting: confirmed`, { rate: (events * 1000) / (last.at - first.at), cpuUs })
  await stage.stopServer(server)
  await checkOrder(stage)
}

async function checkOrder(stage) {
  const last = new Map()
  const ids = new Set()
  let problem = ''
  await withQueue(stage, async (channel) => {
    await channel.prefetch(1000)
    await channel.consume(queue, (message) => {
      channel.ack(message)
      if (ids.has(message.properties.messageId)) return
      ids.add(message.properties.messageId)
      const { key, n } = JSON.parse(message.content)
      if (n <= (last.get(key) ?? 0)) problem ||= `event ${n} of ${key} after ${last.get(key)}`
      last.set(key, n)
    })
    await until('all events', 60_000, () => ids.size >= backlog, 100)
  })
  if (problem) throw new Error(`the order is not kept: ${problem}`)
}

// Real commands at a constant rate, with the server's own consumer at work.
export async function relayLatency(stage, report, { seconds }) {
  const server = await stage.startMusterd(await stage.freshDatabase(), { messaging: true })
  const people = slice(stage, 0, 5000)
  await wake(stage, server, people)
  await commands(stage, server, people, { connections: 64, rate: 2000, seconds: 2, warmUp: 0 })
  await stage.checkpoint()
  people.skip += 5000
  await wake(stage, server, people)
  const name = 'outbox_publish_latency_seconds', before = await buckets(server, name)
  const { rate, cpuUs } = await commands(stage, server, people, { connections: 64, rate: 2000, seconds, warmUp: 0 }, { messaging: true })
  await until('all confirmed', 30_000, async () => await metric(server, 'outbox_depth') === 0, 200)
  const after = await buckets(server, name)
  report.add('Outbox, commit to confirm at 2,000 commands/s', 'relay, broker and consumer running',
    { rate, p50: quantile(before, after, 0.5) * 1e6, p99: quantile(before, after, 0.99) * 1e6, p999: quantile(before, after, 0.999) * 1e6, cpuUs })
  await stage.stopServer(server)
}

export async function relayAfterKill(stage, report) {
  const database = await stage.freshDatabase()
  let server = await stage.startMusterd(database)
  const people = slice(stage, 0, 2000)
  await commands(stage, server, people, { connections: 32, seconds: 60, warmUp: 0, count: 1000 })
  await stage.killServer(server)
  const pending = async () => (await stage.sql(database, 'SELECT count(*)::int AS n FROM messaging.outbox')).rows[0].n
  const left = await pending()
  if (left < 1000) throw new Error(`only ${left} rows were pending`)
  server = await stage.startMusterd(database, { messaging: true })
  await until('drained', 60_000, async () => await pending() === 0, 10)
  report.add('Outbox, kill -9 with rows pending', `${left >= 1000 ? 'at least 1,000' : left} rows`, { 'restart to drained, s': (performance.now() - server.began) / 1000 })
  await stage.stopServer(server)
  await sleep(0)
}
