// One command is one transaction of four round trips: begin, look and write (both prepared), commit.
import { createHash } from 'node:crypto'
import { v7 as uuid } from 'uuid'

const look = {
  name: 'look',
  text: `
    SELECT (SELECT row_to_json(k) FROM journal.idempotency_key k
            WHERE k.tenant_id = $1 AND k.actor = $3 AND k.key = $4) AS stored,
      EXISTS (SELECT FROM security.app_user u
              JOIN people.role_assignment a USING (tenant_id, user_id)
              JOIN security.role r USING (tenant_id, role_id)
              WHERE u.tenant_id = $1 AND u.user_id = $3 AND u.person_id = $2 AND u.status = 'ACTIVE'
                AND 'timekeeping:timecard:record' = ANY (r.permission_keys)
                AND a.effective_start_date <= now() AND (a.effective_end_date IS NULL OR now() < a.effective_end_date)
             ) AS allowed,
      l.location_id, (now() AT TIME ZONE l.timezone)::date::text AS today,
      (SELECT row_to_json(c) FROM people.timecard c WHERE c.tenant_id = $1 AND c.person_id = $2
         AND c.location_id = l.location_id AND c.work_date = (now() AT TIME ZONE l.timezone)::date) AS card,
      row_to_json(s) AS session,
      (SELECT row_to_json(c) FROM people.timecard c WHERE c.tenant_id = $1 AND c.id = s.timecard_id) AS session_card,
      (SELECT row_to_json(b) FROM people.break_record b
       WHERE b.tenant_id = $1 AND b.mechanic_id = $2 AND b.status = 'IN_PROGRESS') AS pause
    FROM (SELECT 1) AS one
    LEFT JOIN people.location l ON l.tenant_id = $1 AND l.location_id = $5 AND l.status = 'ACTIVE'
    LEFT JOIN people.clock_session s ON s.tenant_id = $1 AND s.person_id = $2 AND s.status = 'OPEN'`,
}

// Every command writes audit entry, event and answer; the rest is its own.
const tail = `
  , audited AS (
    INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id, subject_type,
      subject_id, location_id, outcome, correlation_id, client_address, user_agent, details)
    SELECT tenant_id, entry_id, 'TIMEKEEPING', event_type, now, 'USER', actor, subject_type, subject_id, location_id,
      'SUCCESS', correlation_id, client_address, user_agent, details FROM said)
  , told AS (
    INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,
      correlation_id, body)
    SELECT tenant_id, event_id, event_name, 'people.events', routing_key, person_id, now, correlation_id, event_body
    FROM said)
  INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, created_at)
  SELECT tenant_id, actor, key, digest, status, answer, now FROM said`
// Stores nothing if somebody else changed the command's rows meanwhile, which rolls it back.

const said = `said AS (SELECT * FROM json_to_record($1) AS x(tenant_id uuid, person_id uuid, actor uuid, entry_id uuid,
  event_type text, now timestamptz, subject_type text, subject_id uuid, location_id uuid, correlation_id text,
  client_address text, user_agent text, details jsonb, event_id uuid, event_name text, routing_key text,
  event_body text, key text, digest text, status int, answer text))`

const prepared = new Map()
function write(command) {
  if (!prepared.has(command))
    prepared.set(command, { name: command.path, text: `WITH ${said}, ${command.write} ${tail} WHERE ${command.guard}` })
  return prepared.get(command)
}

const camel = new Map()
const camelName = (name) => {
  let known = camel.get(name)
  if (!known) camel.set(name, known = name.replace(/_(\w)/g, (_, c) => c.toUpperCase()))
  return known
}
export const wire = (row) => {
  const out = {}
  for (const name in row) if (name !== 'tenant_id' && row[name] !== null) out[camelName(name)] = row[name]
  return out
}

export async function execute(pool, command, request) {
  const { tenant, person, sub } = request.claims
  const key = request.headers['idempotency-key']
  const body = request.body ?? {}
  const digest = createHash('sha256').update(request.url).update(JSON.stringify(body)).digest('hex')
  const db = await pool.connect()
  try {
    await db.query('BEGIN')
    const found = (await db.query({ ...look, values: [tenant, person, sub, key, body.locationId ?? null] })).rows[0]
    const done = found.stored ? replay(found.stored, digest)
      : !found.allowed ? refuse(403, 'ACCESS_DENIED')
        : command.decide(found, body, { tenant, person, now: new Date().toISOString(), uuid })
    if (done.status >= 400 || done.replayed) {
      await db.query('ROLLBACK')
      return { ...done, body: done.body ?? JSON.stringify({ code: done.code, status: done.status }) }
    }
    const answer = JSON.stringify(done.answer)
    const eventId = uuid(), correlationId = request.headers['x-correlation-id'] ?? uuid()
    const event = { eventId, eventType: command.event, occurredAt: done.now, producer: 'people-service',
      schemaVersion: 1, tenantId: tenant, correlationId, payload: done.payload }
    const record = { tenant_id: tenant, person_id: person, actor: sub, entry_id: uuid(), event_type: command.audit,
      now: done.now, subject_type: command.subject, subject_id: done.subject, location_id: done.location,
      correlation_id: correlationId, client_address: request.ip, user_agent: request.headers['user-agent'],
      details: done.payload, event_id: eventId, event_name: command.event, routing_key: command.routingKey,
      event_body: JSON.stringify(event), key, digest, status: command.status, answer }
    const stored = await db.query({ ...write(command), values: [JSON.stringify(record), ...done.values] })
    if (stored.rowCount !== 1) {
      await db.query('ROLLBACK')
      return conflict()
    }
    await db.query('COMMIT')
    return { status: command.status, body: answer }
  } catch (error) {
    await db.query('ROLLBACK').catch(() => {})
    if (error.code === '23505' || error.code === '23P01') return conflict()
    throw error
  } finally {
    db.release()
  }
}

const conflict = () => ({ status: 409, body: JSON.stringify({ code: 'CONFLICT', status: 409 }) })
const replay = (stored, digest) => stored.digest === digest
  ? { status: stored.status, body: stored.body, replayed: true }
  : refuse(422, 'IDEMPOTENCY_KEY_REUSED')
export const refuse = (status, code) => ({ status, code })
