// From the request to disable to the end of the case, with the built-in work execution behind broker and
// consumers.
import { Client, closedLoop, constantRate, percentiles } from '../lib/http.js'
import { until } from '../lib/process.js'
import { personId, tenant } from '../lib/stage.js'

const width = 32, perSecond = 500
const group = 'Offboarding'
const userId = (n) => personId(n).replace('-0001-', '-0002-')

export async function offboarding(stage, report, { sized }) {
  await cases(stage, report, sized)
  await besidePending(stage, report, sized)
}

async function withServer(stage, action) {
  const database = await stage.freshDatabase()
  await stage.script(database, 'offboarding_operator')
  const server = await stage.startMusterd(database, { messaging: true })
  const client = new Client(server.port, stage.token(), 256)
  let next = 2 // the first person is the operator
  // People not disabled before.
  const leaving = (count) => {
    if (next + count > stage.people + 1) throw new Error(`${stage.people} people are too few`)
    return Array.from({ length: count }, () => userId(next++))
  }
  const disable = (user) => client.ask('POST', `/api/people/users/${user}/disable`, {})
  try {
    await action({ database, leaving, disable })
  } finally {
    client.close()
    await stage.stopServer(server)
    await stage.emptyQueues()
  }
}

// Sends requests for `users` and waits for their cases to complete; returns the rates, and microseconds cases
// were open.
async function completed(stage, database, users, send) {
  const began = Date.now()
  const took = await send()
  const sent = Date.now()
  const own = `tenant_id = '${tenant}' AND opened_at >= to_timestamp(${began / 1000}) AND opened_by = '${userId(1)}'`
  const unfinished = `SELECT 1 FROM people.offboarding_case WHERE state <> 'COMPLETED' AND ${own} LIMIT 1`
  await until('all cases completed', 120_000, async () => !(await stage.sql(database, unfinished)).rowCount, 50)
  const { rows } = await stage.sql(database, `SELECT extract(epoch FROM closed_at)::float8 * 1000 AS closed,
    extract(epoch FROM closed_at - opened_at)::float8 * 1e6 AS us FROM people.offboarding_case WHERE ${own}`)
  const { rows: [{ timers, sessions, failures }] } = await stage.sql(database, `SELECT
    count(*) FILTER (WHERE c.command_type = 'STOP_JOB_TIMERS')::int AS timers,
    count(*) FILTER (WHERE c.command_type = 'CLOSE_CLOCK_SESSION')::int AS sessions, sum(failures)::int AS failures
    FROM people.offboarding_command c JOIN people.offboarding_case USING (tenant_id, case_id)
    WHERE c.state = 'SUCCEEDED' AND ${own}`)
  if (rows.length !== users.length || timers !== users.length || sessions !== users.length)
    throw new Error(`${users.length} left, but there are ${rows.length} cases, ${timers} and ${sessions} commands that succeeded`)
  // Rare, but each costs a minute or more, which readers of the rate must know.
  if (failures) console.error(`  ! ${failures} attempts failed and were repeated`)
  const last = Math.max(...rows.map(({ closed }) => closed))
  return { took, answered: (users.length * 1000) / (sent - began), rate: (users.length * 1000) / (last - began),
    failures, open: percentiles(rows.map(({ us }) => us)) }
}

async function cases(stage, report, sized) {
  await withServer(stage, async ({ database, leaving, disable }) => {
    const all = leaving(sized(5000))
    const loop = await completed(stage, database, all, () => closedLoop(width, all, disable))
    report.add(group, `disable, ${width} connections: answers`, { rate: loop.answered, ...percentiles(loop.took) })
    report.add(group, `disable, ${width} connections: cases run to completion`, { rate: loop.rate, ...loop.open, repeated: loop.failures })
    await stage.checkpoint()
    const some = leaving(sized(perSecond * 10))
    const paced = await completed(stage, database, some, () => constantRate(perSecond, some, disable))
    report.add(group, `disable, ${perSecond}/s constant: answers`, { rate: paced.answered, ...percentiles(paced.took) })
    report.add(group, `disable, ${perSecond}/s constant: cases, opened to closed`, { rate: paced.rate, ...paced.open, repeated: paced.failures })
  })
}

async function besidePending(stage, report, sized) {
  const pending = sized(1_000_000)
  await withServer(stage, async ({ database, leaving, disable }) => {
    const measure = async () => {
      const users = leaving(sized(3000))
      await stage.checkpoint()
      return completed(stage, database, users, () => closedLoop(width, users, disable))
    }
    await measure() // warms up, or the first run would look slow
    const without = await measure()
    await stage.script(database, 'offboarding', { commands: pending, state: 'PENDING', first: 86_400, spread: 0 })
    const beside = await measure()
    const { rows: [{ left }] } = await stage.sql(database, `SELECT count(*)::int AS left
      FROM people.offboarding_command JOIN bench.due USING (command_id, due_at) WHERE state = 'PENDING'`)
    if (left !== pending) throw new Error(`of ${pending} commands due tomorrow ${left} are pending`)
    const name = `${pending.toLocaleString('en-US')} commands due tomorrow`
    report.add(group, 'no other commands: cases run to completion', { rate: without.rate, ...without.open, repeated: without.failures })
    report.add(group, `${name}: cases run to completion`, { rate: beside.rate, ...beside.open, repeated: beside.failures })
    report.add('Offboarding, what waits costs', name, { 'cases/s with by without': beside.rate / without.rate })
  })
}
