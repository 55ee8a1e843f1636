// The peer: musterd's time clock with Fastify and pg, same paths, tables, tokens and rules.
//   DATABASE_URL, JWKS_FILE, PORT, WORKERS (processes), POOL (connections per process)
import cluster from 'node:cluster'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import { createVerifier } from 'fast-jwt'
import pg from 'pg'
import { commands } from './commands.js'
import { execute } from './execute.js'

const keyHeader = {
  type: 'object', required: ['idempotency-key'],
  properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 255 } },
}

const workers = Number(process.env.WORKERS ?? 1)

if (cluster.isPrimary && workers > 1) {
  for (let i = 0; i < workers; i++) cluster.fork()
  cluster.on('exit', () => process.exit(1))
} else {
  await serve()
}

async function serve() {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL ?? 16) })
  const jwk = JSON.parse(readFileSync(process.env.JWKS_FILE, 'utf8')).keys[0]
  const verify = createVerifier({
    key: createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' }),
    algorithms: ['ES256'], allowedIss: 'musterd', allowedAud: 'musterd', cache: 100_000,
  })

  const app = Fastify({ logger: false, ajv: { customOptions: { removeAdditional: false } } })
  app.decorateRequest('claims', null)
  app.addHook('onRequest', async (request, reply) => {
    const header = request.headers.authorization ?? ''
    try {
      request.claims = verify(header.startsWith('Bearer ') ? header.slice(7) : '')
    } catch {
      return reply.code(401).send({ code: 'UNAUTHENTICATED', status: 401 })
    }
  })
  for (const command of commands) {
    app.post(`/api/people/me/${command.path}`, { schema: { body: command.body, headers: keyHeader } },
      async (request, reply) => {
        const answer = await execute(pool, command, request)
        if (answer.replayed) reply.header('Idempotency-Replayed', 'true')
        return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
      })
  }
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
}
