// The audit trail with millions of entries: the first pages of every filter, and an export.
import { residentBytes } from '../lib/machine.js'
import { run, sleep } from '../lib/process.js'
import { get, send, tenant } from '../lib/stage.js'

const pages = 60

export async function audit(stage, report, { auditRows }) {
  const database = await stage.freshDatabase()
  await run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-v', `tenant=${tenant}`, '-v', `rows=${auditRows}`,
    '-f', `${stage.source}/bench/sql/audit.sql`, stage.url(database)])
  const server = await stage.startMusterd(database)
  const headers = { Authorization: `Bearer ${stage.token()}`, 'Content-Type': 'application/json' }
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString()
  const id = (n) => `0b000000-0002-7000-8000-${n.toString(16).padStart(12, '0')}`
  const filters = {
    'no filter': () => '', 'category TIMEKEEPING': () => 'category=TIMEKEEPING', 'category SECURITY': () => 'category=SECURITY',
    'category FINANCIAL': () => 'category=FINANCIAL', 'event type': () => 'eventType=RoleAssignmentCreated',
    'actor': (n) => `actorId=${id(n % 5000)}`, 'subject': (n) => `subjectId=${id(n * 37 % 100000)}`,
    'subject type': () => 'subjectType=Payment', 'location': (n) => `locationId=0b000000-0011-7000-8000-${(n % 50).toString(16).padStart(12, '0')}`,
    'reference': (n) => `reference=order:${n * 100 + 99}`, 'a week half a year ago': () => `dateFrom=${day(187)}&dateTo=${day(180)}`,
    'actor, category and a month': (n) => `actorId=${id(n % 5000)}&category=SECURITY&dateFrom=${day(60)}&dateTo=${day(30)}`,
  }
  const group = `Audit trail, ${auditRows.toLocaleString('en-US')} entries`
  for (const [name, query] of Object.entries(filters)) {
    const times = []
    for (let n = 0; n < pages; n++) {
      const began = performance.now()
      const { status, body } = await get(server.port, `/api/audit/entries?pageIndex=${n % 3}&${query(n)}`, headers)
      times.push((performance.now() - began) * 1000)
      if (status !== 200) throw new Error(`${name}: ${status} ${body}`)
    }
    times.sort((a, b) => a - b)
    report.add(group, `a page, ${name}`, { rate: (1e6 * pages) / times.reduce((a, b) => a + b), p50: times[pages >> 1], p99: times[Math.floor(pages * 0.99)], max: times.at(-1) })
  }
  const before = residentBytes(server.pid), began = performance.now()
  const days = Math.min(350, (350 * 990_000) / auditRows)
  const asked = await send(server.port, 'POST', '/api/audit/exports', headers,
    JSON.stringify({ format: 'NDJSON', filters: { dateFrom: day(days), dateTo: day(0) } }))
  if (asked.status !== 202) throw new Error(`export: ${asked.status} ${asked.text}`)
  let job = JSON.parse(asked.text), most = before
  while (job.status !== 'DONE' && job.status !== 'FAILED') {
    await sleep(50)
    most = Math.max(most, residentBytes(server.pid))
    job = JSON.parse((await get(server.port, `/api/audit/exports/${job.exportId}`, headers)).body)
  }
  if (job.status !== 'DONE') throw new Error(job.failure)
  report.add(`${group}: export`, 'NDJSON', { rows: job.rowsWritten, seconds: (performance.now() - began) / 1000, 'more memory, MiB': (most - before) / 2 ** 20, 'file, MiB': job.bytes / 2 ** 20 })
  await stage.stopServer(server)
}
