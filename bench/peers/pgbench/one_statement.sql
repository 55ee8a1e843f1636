-- The cycle clock-in, break, clock-out with the rows musterd writes, one statement per command.
-- Each client has its own people; run with -D n=0.
\set n :n + 1
\set person 1 + (:client_id * 1500 + mod(:n, 1500))
\set k :n * 4 + 0
WITH c AS (
    INSERT INTO people.timecard AS t VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b000000-0007-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid,
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, '0b000000-0000-7000-8000-000000000002'::uuid, current_date, 'OPEN', 1)
    ON CONFLICT (tenant_id, id) DO UPDATE SET status = 'OPEN', version = t.version + 1),
  s AS (
    INSERT INTO people.clock_session VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b1' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid,
      ('0b000000-0007-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, '0b000000-0000-7000-8000-000000000002'::uuid,
      now(), NULL, 'OPEN', NULL, NULL, 1)),
  audited AS (
    INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id,
      subject_type, subject_id, location_id, outcome, correlation_id, client_address, user_agent, details)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b3' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'TIMEKEEPING', 'CLOCKED_IN', now(), 'USER',
      ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, 'ClockSession', ('0b1' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, '0b000000-0000-7000-8000-000000000002'::uuid, 'SUCCESS',
      'bench-' || :client_id || '-' || :k, '127.0.0.1', 'bench', jsonb_build_object('clockSession', repeat('d', 230), 'timecard', repeat('d', 180)))),
  told AS (
    INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,
      occurred_at, correlation_id, body)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b4' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'ClockedIn', 'people.events', 'people.timecard.clocked_in.v1',
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, now(), 'bench-' || :client_id || '-' || :k, repeat('e', 750)))
  INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, created_at)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid,
      'bench-' || :client_id || '-' || :k, repeat('f', 64), 201, repeat('a', 500), now());
\set k :n * 4 + 1
WITH b AS (
    INSERT INTO people.break_record VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b2' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid,
      ('0b000000-0007-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, ('0b1' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid,
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, 'MEAL', 'IN_PROGRESS', now(), NULL, NULL, false, NULL, NULL, NULL, now(), now(),
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, 1)),
  audited AS (
    INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id,
      subject_type, subject_id, location_id, outcome, correlation_id, client_address, user_agent, details)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b3' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'TIMEKEEPING', 'BREAK_STARTED', now(), 'USER',
      ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, 'Break', ('0b2' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, '0b000000-0000-7000-8000-000000000002'::uuid, 'SUCCESS',
      'bench-' || :client_id || '-' || :k, '127.0.0.1', 'bench', jsonb_build_object('clockSession', repeat('d', 230), 'timecard', repeat('d', 180)))),
  told AS (
    INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,
      occurred_at, correlation_id, body)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b4' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'BreakStarted', 'people.events', 'people.break.started.v1',
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, now(), 'bench-' || :client_id || '-' || :k, repeat('e', 750)))
  INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, created_at)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid,
      'bench-' || :client_id || '-' || :k, repeat('f', 64), 201, repeat('a', 500), now());
\set k :n * 4 + 2
WITH b AS (
    UPDATE people.break_record SET status = 'COMPLETED', end_time = now(), end_reason = 'MANUAL_ENDED', updated_at = now(),
      version = 2
    WHERE tenant_id = '0b000000-0000-7000-8000-000000000001'::uuid AND id = ('0b2' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid AND version = 1),
  audited AS (
    INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id,
      subject_type, subject_id, location_id, outcome, correlation_id, client_address, user_agent, details)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b3' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'TIMEKEEPING', 'BREAK_ENDED', now(), 'USER',
      ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, 'Break', ('0b2' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, '0b000000-0000-7000-8000-000000000002'::uuid, 'SUCCESS',
      'bench-' || :client_id || '-' || :k, '127.0.0.1', 'bench', jsonb_build_object('clockSession', repeat('d', 230), 'timecard', repeat('d', 180)))),
  told AS (
    INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,
      occurred_at, correlation_id, body)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b4' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'BreakEnded', 'people.events', 'people.break.ended.v1',
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, now(), 'bench-' || :client_id || '-' || :k, repeat('e', 750)))
  INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, created_at)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid,
      'bench-' || :client_id || '-' || :k, repeat('f', 64), 200, repeat('a', 500), now());
\set k :n * 4 + 3
WITH c AS (
    UPDATE people.timecard SET status = 'CLOSED', version = version + 1
    WHERE tenant_id = '0b000000-0000-7000-8000-000000000001'::uuid AND id = ('0b000000-0007-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid),
  s AS (
    UPDATE people.clock_session SET clock_out_at = now(), status = 'CLOSED', version = 2
    WHERE tenant_id = '0b000000-0000-7000-8000-000000000001'::uuid AND id = ('0b1' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid AND version = 1),
  audited AS (
    INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id,
      subject_type, subject_id, location_id, outcome, correlation_id, client_address, user_agent, details)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b3' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'TIMEKEEPING', 'CLOCKED_OUT', now(), 'USER',
      ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, 'ClockSession', ('0b1' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid, '0b000000-0000-7000-8000-000000000002'::uuid, 'SUCCESS',
      'bench-' || :client_id || '-' || :k, '127.0.0.1', 'bench', jsonb_build_object('clockSession', repeat('d', 230), 'timecard', repeat('d', 180)))),
  told AS (
    INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,
      occurred_at, correlation_id, body)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b4' || lpad(to_hex(:client_id::int), 5, '0') || '-0000-7000-8000-' || lpad(to_hex(:k::bigint), 12, '0'))::uuid, 'ClockedOut', 'people.events', 'people.timecard.clocked_out.v1',
      ('0b000000-0001-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid, now(), 'bench-' || :client_id || '-' || :k, repeat('e', 750)))
  INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, created_at)
    VALUES ('0b000000-0000-7000-8000-000000000001'::uuid, ('0b000000-0002-7000-8000-' || lpad(to_hex(:person::bigint), 12, '0'))::uuid,
      'bench-' || :client_id || '-' || :k, repeat('f', 64), 200, repeat('a', 500), now());
