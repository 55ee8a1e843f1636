// A policy per role; each question carries the user's assignments in force, as Cedar's authors intend.
import cedar from '@cedar-policy/cedar-wasm/nodejs'
import { inForce, measure, permission, permissionsPerRole, roles } from './company.js'

const users = 10_000, staticPolicies = {}
for (let role = 0; role < roles; role++) {
  const actions = Array.from({ length: permissionsPerRole }, (_, k) => `Action::"${permission(role * permissionsPerRole + k)}"`)
  staticPolicies[`role_${role}`] =
    `permit(principal, action in [${actions.join(', ')}], resource) when { principal.held.contains({ role: ${role}, shop: resource.shop }) };`
}
function decide(q) {
  const principal = { type: 'User', id: `${q.n}` }, resource = { type: 'Shop', id: `${q.shop}` }
  const held = inForce(q.n).map(({ role, shop }) => ({ role, shop }))
  const answer = cedar.isAuthorized({ principal, action: { type: 'Action', id: q.permission }, resource, context: {},
    policies: { staticPolicies }, entities: [{ uid: principal, attrs: { held }, parents: [] }, { uid: resource, attrs: { shop: q.shop }, parents: [] }] })
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer))
  return answer.response.decision === 'allow'
}
await measure(users, 2000, decide, `${roles} policies, assignments handed over, no dates`)
