import { refuse, wire } from './execute.js'

const empty = { type: 'object', additionalProperties: false, properties: {} }
const notes = { type: 'string', maxLength: 2000 }
const id = { type: 'string', format: 'uuid' }

const putCard = `card AS (
  INSERT INTO people.timecard AS t SELECT * FROM json_populate_record(null::people.timecard, $2)
  ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, version = excluded.version
  WHERE t.version = excluded.version - 1 RETURNING 1)`
const putSession = `session AS (
  INSERT INTO people.clock_session AS t SELECT * FROM json_populate_record(null::people.clock_session, $3)
  ON CONFLICT (tenant_id, id) DO UPDATE SET clock_out_at = excluded.clock_out_at, status = excluded.status,
    version = excluded.version WHERE t.version = excluded.version - 1 RETURNING 1)`
const putBreak = `pause AS (
  INSERT INTO people.break_record AS t SELECT * FROM json_populate_record(null::people.break_record, $2)
  ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, end_time = excluded.end_time,
    end_reason = excluded.end_reason, auto_ended = excluded.auto_ended, trigger_event_id = excluded.trigger_event_id,
    updated_at = excluded.updated_at, updated_by = excluded.updated_by, version = excluded.version
  WHERE t.version = excluded.version - 1 RETURNING 1)`

const written = (row, tenant) => JSON.stringify({ ...row, tenant_id: tenant })

export const commands = [
  {
    path: 'clock-in', status: 201, audit: 'CLOCKED_IN', event: 'ClockedIn', subject: 'ClockSession',
    routingKey: 'people.timecard.clocked_in.v1',
    body: { type: 'object', additionalProperties: false, required: ['locationId'], properties: { locationId: id, notes } },
    write: `${putCard}, ${putSession}`, guard: 'EXISTS (SELECT FROM card) AND EXISTS (SELECT FROM session)',
    decide(found, body, { tenant, person, now, uuid }) {
      if (!found.location_id) return refuse(404, 'LOCATION_NOT_FOUND')
      if (found.session) return refuse(409, 'ALREADY_CLOCKED_IN')
      const card = found.card
        ? { ...found.card, status: 'OPEN', version: found.card.version + 1 }
        : { id: uuid(), person_id: person, location_id: found.location_id, work_date: found.today, status: 'OPEN', version: 1 }
      const session = { id: uuid(), timecard_id: card.id, person_id: person, location_id: found.location_id,
        clock_in_at: now, clock_out_at: null, status: 'OPEN', notes: body.notes ?? null, version: 1 }
      return clocked(card, session, now, tenant)
    },
  },
  {
    path: 'clock-out', status: 200, audit: 'CLOCKED_OUT', event: 'ClockedOut', subject: 'ClockSession',
    routingKey: 'people.timecard.clocked_out.v1', body: empty, write: `${putCard}, ${putSession}`, guard: 'EXISTS (SELECT FROM card) AND EXISTS (SELECT FROM session)',
    // A running break would need an audit entry and an event of its own; this load never leaves one running.
    decide(found, body, { tenant, now }) {
      if (!found.session) return refuse(409, 'NOT_CLOCKED_IN')
      if (found.pause) return refuse(409, 'BREAK_ALREADY_IN_PROGRESS')
      const card = { ...found.session_card, status: 'CLOSED', version: found.session_card.version + 1 }
      const session = { ...found.session, status: 'CLOSED', clock_out_at: now, version: found.session.version + 1 }
      return clocked(card, session, now, tenant)
    },
  },
  {
    path: 'breaks/start', status: 201, audit: 'BREAK_STARTED', event: 'BreakStarted', subject: 'Break',
    routingKey: 'people.break.started.v1', write: putBreak, guard: 'EXISTS (SELECT FROM pause)',
    body: { type: 'object', additionalProperties: false, required: ['breakType'],
      properties: { breakType: { enum: ['MEAL', 'REST', 'OTHER'] }, notes } },
    decide(found, body, { tenant, person, now, uuid }) {
      if (!found.session) return refuse(409, 'NOT_CLOCKED_IN')
      if (found.pause) return refuse(409, 'BREAK_ALREADY_IN_PROGRESS')
      return paused({ id: uuid(), timecard_id: found.session.timecard_id, clock_session_id: found.session.id,
        mechanic_id: person, break_type: body.breakType, status: 'IN_PROGRESS', start_time: now, end_time: null,
        end_reason: null, auto_ended: false, trigger_event_id: null, notes: body.notes ?? null, created_at: now,
        updated_at: now, created_by: person, updated_by: person, version: 1 }, now, tenant)
    },
  },
  {
    path: 'breaks/end', status: 200, audit: 'BREAK_ENDED', event: 'BreakEnded', subject: 'Break',
    routingKey: 'people.break.ended.v1', body: empty, write: putBreak, guard: 'EXISTS (SELECT FROM pause)',
    decide(found, body, { tenant, person, now }) {
      if (!found.pause) return refuse(409, 'NO_ACTIVE_BREAK')
      return paused({ ...found.pause, status: 'COMPLETED', end_time: now, end_reason: 'MANUAL_ENDED', updated_at: now,
        updated_by: person, version: found.pause.version + 1 }, now, tenant)
    },
  },
]

function clocked(card, session, now, tenant) {
  const answer = { clockSession: wire(session), timecard: wire(card) }
  return { answer, payload: answer, subject: session.id, location: session.location_id, now,
    values: [written(card, tenant), written(session, tenant)] }
}

function paused(pause, now, tenant) {
  const answer = wire(pause)
  return { answer, payload: answer, subject: pause.id, location: null, now, values: [written(pause, tenant)] }
}
