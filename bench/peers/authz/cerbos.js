// Writes the Cerbos PDP's configuration and a policy with a rule per role. As its authors intend, each
// question carries the principal's dated assignments, and the instant to compare with.
import { mkdirSync, writeFileSync } from 'node:fs'
import { permission, permissionsPerRole, roles } from './company.js'

export function writeCerbos(folder, port, grpcPort) {
  mkdirSync(`${folder}/policies`, { recursive: true })
  writeFileSync(`${folder}/conf.yaml`, `server: { httpListenAddr: "127.0.0.1:${port}", grpcListenAddr: "127.0.0.1:${grpcPort}", logRequestPayloads: false }
telemetry: { disabled: true }
audit: { enabled: false }
storage: { driver: disk, disk: { directory: ${folder}/policies, watchForChanges: false } }
`)
  const rules = Array.from({ length: roles }, (_, role) => ({
    actions: Array.from({ length: permissionsPerRole }, (_, k) => permission(role * permissionsPerRole + k)),
    effect: 'EFFECT_ALLOW', roles: ['user'],
    condition: { match: { expr: `P.attr.held.exists(h, h.role == ${role} && h.shop == R.attr.shop && h.end > R.attr.at)` } },
  }))
  writeFileSync(`${folder}/policies/shop.yaml`,
    JSON.stringify({ apiVersion: 'api.cerbos.dev/v1', resourcePolicy: { version: 'default', resource: 'shop', rules } }))
}
