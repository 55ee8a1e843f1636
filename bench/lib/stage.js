// The servers under measurement, all private and on loopback: services, databases, musterd, Fastify, nginx.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import pg from 'pg'
import { parentOf } from './machine.js'
import { run, start, stop, until } from './process.js'

export const tenant = '0b000000-0000-7000-8000-000000000001'
export const shop = '0b000000-0000-7000-8000-000000000002'
const role = '0b000000-0000-7000-8000-000000000003'
const idOf = (kind, n) => `0b000000-${kind.toString(16).padStart(4, '0')}-7000-8000-${n.toString(16).padStart(12, '0')}`
export const personId = (n) => idOf(1, n)

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.on('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

export function get(port, path, headers = {}, { tls = false } = {}) {
  return new Promise((resolve) => {
    const how = { host: '127.0.0.1', port, path, headers, agent: false, timeout: 5000, rejectUnauthorized: false }
    const request = (tls ? https : http).get(how, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part) => (body += part))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve({ status: 0, body: '' }))
  })
}

export function send(port, method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => resolve({ status: response.statusCode, text }))
    })
    request.on('error', reject).end(body)
  })
}

export class Stage {
  constructor({ source, work, binaries, people }) {
    Object.assign(this, { source, work, binaries, people })
    this.services = `${work}/services`
    this.keys = `${work}/signing.json`
    this.peopleFile = `${work}/people.txt`
  }

  async open() {
    await run(`${this.source}/scripts/services`, ['start', this.services])
    const env = readFileSync(`${this.services}/services.env`, 'utf8')
    const value = (name) => env.match(new RegExp(`^${name}='(.*)'$`, 'm'))[1]
    // One database role for all: some of the sides know no other.
    this.databaseUrl = value('MUSTERD_MIGRATION_DATABASE_URL')
    this.adminUrl = value('MUSTERD_DATABASE_ADMIN_URL')
    this.amqpUrl = value('MUSTERD_AMQP_URL')
    const backend = (await this.sql('postgres', 'SELECT pg_backend_pid() AS pid', { keep: true })).rows[0].pid
    this.databasePid = parentOf(backend)
    await this.keptClient.end()
    this.brokerPid = Number((await this.rabbitmqctl('eval', 'os:getpid().')).join('').replace(/\D/g, ''))
    await this.makeTemplate()
    await this.makeTokens()
  }

  async close() {
    await run(`${this.source}/scripts/services`, ['purge', this.services], { tolerant: true })
  }

  rabbitmqctl = async (...args) =>
    (await run(`${this.source}/scripts/services`, ['rabbitmqctl', this.services, '-q', ...args])).lines

  url = (database, admin = false) =>
    (admin ? this.adminUrl : this.databaseUrl).replace(/\/(musterd|postgres)\?/, `/${database}?`)

  // As the superuser.
  async sql(database, text, { keep = false } = {}) {
    const url = new URL(this.url(database, true).replace('@/', '@localhost/'))
    const client = new pg.Client({ host: url.searchParams.get('host'), port: Number(url.searchParams.get('port')),
      user: 'postgres', database })
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      if (keep) this.keptClient = client
      else await client.end()
    }
  }

  async makeTemplate(name = 'bench_template', binary = this.binaries.musterd) {
    await this.sql('postgres', `CREATE DATABASE ${name} OWNER musterd`)
    await run(binary, ['migrate'], { env: this.environment(name) })
    const variables = { tenant, shop, role, people: this.people }
    await run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1',
      ...Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`]),
      '-f', `${this.source}/bench/sql/people.sql`, this.url(name)])
    await this.sql(name, 'VACUUM ANALYZE')
  }

  async makeTokens() {
    const ids = `${this.work}/ids.txt`
    writeFileSync(ids, Array.from({ length: this.people }, (_, i) => `${idOf(1, i + 1)} ${idOf(2, i + 1)}\n`).join(''))
    await run(this.binaries.tokens, ['--keys', this.keys, '--tenant', tenant, '--input', ids, '--output', this.peopleFile,
      '--internal-output', `${this.work}/service.txt`, '--service', idOf(7, 1), '--service-secret', idOf(8, 1)])
  }

  token = () => readFileSync(this.peopleFile, 'latin1').split('\n', 1)[0].split(' ')[1]

  serviceToken = () => readFileSync(`${this.work}/service.txt`, 'latin1').trim()

  // A copy of the template, so that every side starts with the same rows.
  async freshDatabase(name = 'bench_run', template = 'bench_template') {
    await this.sql('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await this.sql('postgres', `CREATE DATABASE ${name} TEMPLATE ${template} OWNER musterd STRATEGY file_copy`)
    await this.checkpoint()
    return name
  }

  // Runs a script of bench/sql with its variables.
  script = (database, name, variables = {}) =>
    run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', ...Object.entries({ tenant, ...variables }).flatMap(([key, value]) =>
      ['-v', `${key}=${value}`]), '-f', `${this.source}/bench/sql/${name}.sql`, this.url(database)])

  // Messages left in the broker would be unknown to the next measurement's database.
  async emptyQueues() {
    for (const line of await this.rabbitmqctl('list_queues', '--no-table-headers', '--silent', 'name', 'messages')) {
      const [name, messages] = line.split('\t')
      if (Number(messages)) await this.rabbitmqctl('purge_queue', name)
    }
  }

  checkpoint = () => this.sql('postgres', 'CHECKPOINT')

  environment(database, extra = {}) {
    return { MUSTERD_DATABASE_URL: this.url(database), MUSTERD_AMQP_URL: this.amqpUrl, MUSTERD_LOG_LEVEL: 'warn',
      MUSTERD_AUTH_SIGNING_KEY_FILE: this.keys, MUSTERD_AUDIT_CHAIN_KEY_FILE: `${this.work}/audit.key`,
      MUSTERD_AUTH_SECOND_FACTOR_KEY_FILE: `${this.work}/second_factor.key`,
      MUSTERD_AUDIT_ANCHOR_FILE: `${this.work}/audit.anchors`, MUSTERD_AUDIT_EXPORT_DIR: `${this.work}/exports`,
      // One machine asks for everybody; rate limits are not what is measured.
      MUSTERD_HTTP_UNCAPPED_ADDRESSES: '127.0.0.1', MUSTERD_HTTP_USER_RATE: '0', MUSTERD_HTTP_SERVICE_RATE: '0', MUSTERD_HTTP_TENANT_RATE: '0',
      ...extra }
  }

  // Resolves when the server is ready; `readyMs` says how long that took.
  async startMusterd(database, { messaging = false, settings = {}, binary = this.binaries.musterd, tls = false } = {}) {
    const port = await freePort()
    const began = performance.now()
    const certificate = tls && { MUSTERD_HTTP_TLS_CERTIFICATE_FILE: `${this.services}/tls/server.pem`,
      MUSTERD_HTTP_TLS_KEY_FILE: `${this.services}/tls/server.key` }
    const child = start(binary, ['serve'], {
      env: this.environment(database, { MUSTERD_HTTP_PORT: port, MUSTERD_MESSAGING_ENABLED: messaging, ...certificate, ...settings }) })
    await this.ready('musterd', child, port, '/health/ready', { tls })
    return { name: 'musterd', child, port, tls, pid: child.pid, readyMs: performance.now() - began, began }
  }

  async startFastify(database, workers) {
    const port = await freePort()
    const child = start('node', [`${this.source}/bench/peers/fastify/server.js`], { env: { PORT: port, WORKERS: workers, POOL: Math.ceil(24 / workers),
      DATABASE_URL: this.nodeUrl(database), JWKS_FILE: this.keys, NODE_ENV: 'production' } })
    await this.ready('fastify', child, port, '/')
    return { name: 'fastify', child, port, pid: child.pid }
  }

  nodeUrl(database) {
    const url = new URL(this.url(database).replace('@/', '@localhost/'))
    return `postgresql://musterd@/${database}?host=${url.searchParams.get('host')}&port=${url.searchParams.get('port')}`
  }

  async startCerbos(writeCerbos) {
    const port = await freePort(), folder = `${this.work}/cerbos`
    const program = `${this.source}/bench/peers/authz/node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64`
    writeCerbos(folder, port, await freePort())
    chmodSync(program, 0o755)
    const child = start(program, ['server', `--config=${folder}/conf.yaml`, '--log-level=error'])
    await this.ready('cerbos', child, port, '/_cerbos/health')
    return { name: 'cerbos', child, port, pid: child.pid }
  }

  async startNginx(workers, body) {
    const port = await freePort(), dir = `${this.work}/nginx`
    mkdirSync(`${dir}/www`, { recursive: true })
    mkdirSync(`${dir}/tmp`, { recursive: true })
    writeFileSync(`${dir}/www/timecard.json`, body)
    const template = readFileSync(`${this.source}/bench/peers/nginx/nginx.conf.template`, 'utf8')
    writeFileSync(`${dir}/nginx.conf`, template.replaceAll('@WORKERS@', workers).replaceAll('@DIR@', dir).replaceAll('@PORT@', port))
    const child = start('nginx', ['-c', `${dir}/nginx.conf`, '-e', `${dir}/error.log`])
    await this.ready('nginx', child, port, '/timecard.json')
    return { name: 'nginx', child, port, pid: child.pid }
  }

  async ready(name, child, port, path, how) {
    let ended = null
    child.ended.then((result) => (ended = result))
    await until(`${name} ready`, 30_000, async () => {
      if (ended) throw new Error(`${name} ended: ${ended.errors}`)
      const { status } = await get(port, path, {}, how)
      return status !== 0 && status !== 503
    }, 2)
  }

  stopServer = (server) => stop(server.child)
  killServer = (server) => stop(server.child, 'SIGKILL')
}
