// Three durable steps on Restate: its server keeps the journal, the steps write to PostgreSQL.
import * as restate from '@restatedev/restate-sdk'
import * as clients from '@restatedev/restate-sdk-clients'
import { measure, writeStep } from './load.js'

// The SDK needs it, and Node 20 lacks it.
Promise.withResolvers ??= () => {
  let resolve, reject
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

const { INGRESS_URL, ADMIN_URL, PORT } = process.env
const steps = restate.service({ name: 'steps', handlers: {
  run: async (ctx, id) => {
    for (const n of [1, 2, 3]) await ctx.run(`step ${n}`, () => writeStep(id, n))
  },
} })

await restate.serve({ services: [steps], port: Number(PORT) })
const registered = await fetch(`${ADMIN_URL}/deployments`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ uri: `http://127.0.0.1:${PORT}` }) })
if (!registered.ok) throw new Error(`registration: ${registered.status} ${await registered.text()}`)
const service = clients.connect({ url: INGRESS_URL }).serviceClient(steps)
await measure((id) => service.run(id))
process.exit(0)
