// One ability per user, built in advance; it would need rebuilding whenever a date passes.
import { AbilityBuilder, createMongoAbility, subject } from '@casl/ability'
import { inForce, measure, permission, permissionsPerRole } from './company.js'

const users = 10_000, abilities = [null]
for (let n = 1; n <= users; n++) {
  const { can, build } = new AbilityBuilder(createMongoAbility)
  for (const { role, shop } of inForce(n))
    for (let k = 0; k < permissionsPerRole; k++) can(permission(role * permissionsPerRole + k), 'Shop', { shop })
  abilities.push(build())
}
await measure(users, 500_000, (q) => abilities[q.n].can(q.permission, subject('Shop', { shop: q.shop })),
  `${users} abilities prebuilt, no dates`)
