// RBAC with domains: a shop is a domain. casbin knows no dates, so only assignments in force are loaded.
import { newEnforcer, newModelFromString } from 'casbin'
import { inForce, measure, permission, permissionsPerRole, roles, shops } from './company.js'

const users = 1000
const enforcer = await newEnforcer(newModelFromString(`
[request_definition]
r = sub, dom, act
[policy_definition]
p = sub, dom, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && r.act == p.act`))
const grants = []
for (let role = 0; role < roles; role++)
  for (let shop = 0; shop < shops; shop++)
    for (let k = 0; k < permissionsPerRole; k++) grants.push([`role_${role}`, `shop_${shop}`, permission(role * permissionsPerRole + k)])
await enforcer.addPolicies(grants)
const held = []
for (let n = 1; n <= users; n++) for (const { role, shop } of inForce(n)) held.push([`user_${n}`, `role_${role}`, `shop_${shop}`])
await enforcer.addGroupingPolicies(held)
await measure(users, 200, (q) => enforcer.enforce(`user_${q.n}`, `shop_${q.shop}`, q.permission),
  `${grants.length + held.length} rules, no dates`)
