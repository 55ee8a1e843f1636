// Shared by the peers: the rows they write, and the load that starts their workflows.
import pg from 'pg'
import { closedLoop, percentiles } from '../../lib/http.js'

const { DATABASE_URL, WIDTH, WORKFLOWS, WARM_UP } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(WIDTH) })

export const databaseUrl = DATABASE_URL

export const writeStep = async (workflow, n) => {
  await pool.query({ name: 'step', text: 'INSERT INTO step (workflow, n) VALUES ($1, $2)', values: [workflow, n] })
}

// `action` resolves when its workflow has ended; prints the rate and the times in microseconds.
export async function measure(action) {
  const width = Number(WIDTH), warmUp = Number(WARM_UP), count = Number(WORKFLOWS)
  const numbers = (from, many) => Array.from({ length: many }, (_, i) => from + i)
  await closedLoop(width, numbers(0, warmUp), action)
  const began = performance.now()
  const took = await closedLoop(width, numbers(warmUp, count), action)
  console.log(JSON.stringify({ rate: (count * 1000) / (performance.now() - began), took: percentiles(took) }))
  await pool.end()
}
