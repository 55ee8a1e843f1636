// Three durable steps on DBOS: steps and results are in the same PostgreSQL.
import { DBOS } from '@dbos-inc/dbos-sdk'
import { databaseUrl, measure, writeStep } from './load.js'

const workflow = DBOS.registerWorkflow(async (id) => {
  for (const n of [1, 2, 3]) await DBOS.runStep(() => writeStep(id, n), { name: `step ${n}` })
}, { name: 'three_steps' })

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, systemDatabasePoolSize: 32, logLevel: 'error', runAdminServer: false })
await DBOS.launch()
await measure((id) => workflow(id))
await DBOS.shutdown()
process.exit(0)
