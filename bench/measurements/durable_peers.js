// Durable execution engines: workflows of three steps that write a row each, to musterd's database server.
import { mkdirSync, rmSync } from 'node:fs'
import { run, start, stop, until } from '../lib/process.js'
import { freePort, get } from '../lib/stage.js'

const width = 32

export async function durablePeers(stage, report, { sized }) {
  const workflows = sized(5000)
  await measure(stage, report, 'DBOS', workflows, async (environment) =>
    run('node', [`${stage.source}/bench/peers/durable/dbos.js`], { env: environment }))
  await measure(stage, report, 'Restate', workflows, async (environment) => {
    const restate = await startRestate(stage)
    try {
      return await run('node', [`${stage.source}/bench/peers/durable/restate.js`], { env: { ...environment, ...restate.urls } })
    } finally {
      await stop(restate.child)
    }
  })
}

// The peer prints one line of JSON; the rows prove its claim.
async function measure(stage, report, name, workflows, action) {
  const database = 'bench_durable'
  await stage.sql('postgres', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  await stage.sql('postgres', `CREATE DATABASE ${database} OWNER musterd`)
  const table = `CREATE TABLE step (workflow int NOT NULL, n int NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
    ALTER TABLE step OWNER TO musterd`
  await stage.sql(database, table)
  await stage.checkpoint()
  const warmUp = width * 2
  const { lines } = await action({ DATABASE_URL: stage.nodeUrl(database).replace('@/', '@localhost/'), WIDTH: width, WORKFLOWS: workflows, WARM_UP: warmUp,
    NODE_ENV: 'production' })
  const { rows: [{ done }] } = await stage.sql(database, `SELECT count(*)::int AS done FROM (
    SELECT workflow FROM step GROUP BY workflow HAVING array_agg(DISTINCT n) = '{1,2,3}') AS complete`)
  if (done !== workflows + warmUp) throw new Error(`${name} ran ${done} of ${workflows + warmUp} workflows`)
  const { rate, took } = JSON.parse(lines.findLast((line) => line.startsWith('{"rate"')))
  report.add('Durable workflows of three steps', `${name}, ${width} at a time`, { rate, ...took })
}

async function startRestate(stage) {
  const folder = `${stage.work}/restate`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()]
  const child = start(`${stage.source}/bench/peers/durable/node_modules/@restatedev/restate-server-linux-x64/bin/restate-server`,
    ['--no-logo', '--listen-mode', 'tcp', '--bind-ip', '127.0.0.1', '--bind-port', String(node), '--base-dir', folder],
    { env: { RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`, RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_LOG_FILTER: 'warn', DO_NOT_TRACK: '1' } })
  await stage.ready('restate', child, admin, '/health')
  await until('ingress', 30_000, async () => (await get(ingress, '/restate/health')).status === 200)
  return { child, urls: { INGRESS_URL: `http://127.0.0.1:${ingress}`, ADMIN_URL: `http://127.0.0.1:${admin}`, PORT: await freePort() } }
}
