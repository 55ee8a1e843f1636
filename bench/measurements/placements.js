// Where somebody works: placing a person with a long history, and who is available at a large shop.
import { Client, closedLoop, percentiles } from '../lib/http.js'
import { personId, shop } from '../lib/stage.js'

const history = 1000, staff = 500, group = 'Placements'

export async function placements(stage, report, { sized }) {
  if (stage.people < staff + 2) throw new Error(`${stage.people} people are too few`)
  const database = await stage.freshDatabase()
  await stage.script(database, 'offboarding_operator')
  await stage.script(database, 'placements', { history, staff })
  await stage.checkpoint()
  const server = await stage.startMusterd(database)
  const client = new Client(server.port, stage.token(), 32)
  await placing(stage, database, report, client, sized(500))
  await available(report, client, sized(2000))
  client.close()
  await stage.stopServer(server)
}

async function placing(stage, database, report, client, creates) {
  // Starts when the last one ended: our clock's milliseconds may be before the server's microseconds.
  let from = new Date().toISOString()
  const place = (expected = 201) => client.ask('POST', '/api/people/location-assignments',
    { personId: personId(2), locationId: shop, role: 'MECHANIC', isPrimary: false, effectiveStartAt: from }, expected)
  const end = async ({ assignment }) => {
    const ended = await client.ask('POST', `/api/people/location-assignments/${assignment.assignmentId}/end`, {})
    from = ended.effectiveEndAt
  }
  await end(await place()) // wakes the person
  const took = []
  for (let i = 0; i < creates; i++) {
    let placed
    took.push(...await closedLoop(1, [i], async () => { placed = await place() }))
    if (i === creates - 1) {
      const refused = await place(409)
      if (refused.code !== 'ASSIGNMENT_OVERLAP') throw new Error(`an overlap was answered by ${JSON.stringify(refused)}`)
    }
    await end(placed)
  }
  const { rows: [{ kept }] } = await stage.sql(database, `SELECT count(*)::int AS kept FROM people.location_assignment
    WHERE person_id = '${personId(2)}' AND effective_end_at <= now()`)
  if (kept !== history + 1 + creates) throw new Error(`${kept} assignments are kept of ${history} + 1 + ${creates}`)
  report.add(group, `create, after ${history.toLocaleString('en-US')} historic assignments`,
    { rate: (creates * 1e6) / took.reduce((sum, us) => sum + us, 0), ...percentiles(took) })
}

async function available(report, client, requests) {
  for (const size of [20, 100])
    for (const width of [1, 32]) {
      const ask = async () => {
        const { items, totalCount } = await client.ask('GET', `/api/workexec/technicians/available?locationId=${shop}&pageSize=${size}`)
        if (items.length !== size || totalCount !== staff) throw new Error(`${items.length} of ${totalCount} technicians`)
      }
      await closedLoop(width, Array(width * 5).fill(0), ask) // opens connections and prepares statements
      const began = performance.now()
      const took = await closedLoop(width, Array(requests).fill(0), ask)
      report.add(group, `available of ${staff}, pages of ${size}, ${width} connection${width > 1 ? 's' : ''}`,
        { rate: (requests * 1000) / (performance.now() - began), ...percentiles(took) })
    }
}
