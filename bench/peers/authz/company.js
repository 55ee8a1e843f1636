// The assignments of bench/sql/assignments.sql for fewer users, and the measuring loop that all libraries share.
export const roles = 30, permissionsPerRole = 10, shops = 50, assignmentsPerUser = 10
export const permission = (k) => `bench:thing_${k}:use`
export const now = Date.parse('2026-06-01T12:00:00Z')
const expiry = Date.parse('2026-01-01T00:00:00Z')

export const assignmentsOf = (n) => Array.from({ length: assignmentsPerUser }, (_, i) => ({
  role: (n * 7 + i * 3) % roles, shop: (n + i * 5) % shops, end: i % 2 === 1 ? expiry : Infinity }))
export const inForce = (n) => assignmentsOf(n).filter(({ end }) => now < end)

let seed = 42
export const random = (n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n

export function question(users) {
  const n = 1 + random(users), { role, shop } = assignmentsOf(n)[random(assignmentsPerUser)]
  return { n, permission: permission(role * permissionsPerRole + random(permissionsPerRole)), shop }
}

// `decide` returns whether it is allowed; its answers are checked against the rule spelled out.
export async function measure(users, count, decide, note) {
  const times = []
  let wrong = 0
  const began = performance.now()
  for (let i = 0; i < count; i++) {
    const q = question(users)
    const from = process.hrtime.bigint()
    const answer = await decide(q)
    times.push(Number(process.hrtime.bigint() - from))
    const k = Number(q.permission.match(/\d+/)[0])
    const expected = inForce(q.n).some(({ role, shop }) => shop === q.shop && Math.floor(k / permissionsPerRole) === role)
    if (answer !== expected) wrong++
  }
  const seconds = (performance.now() - began) / 1000
  times.sort((a, b) => a - b)
  if (wrong) throw new Error(`${wrong} wrong decisions`)
  console.log(JSON.stringify({ note, rate: count / seconds, 'p50 ns': times[count >> 1], 'p99 ns': times[Math.floor(count * 0.99)] }))
}
