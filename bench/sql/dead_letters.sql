-- :letters open dead letters of on_the_clock, events of a type it ignores, and an operator for them: the
-- first person.
BEGIN;
INSERT INTO security.role VALUES (:'tenant', '0b000000-0000-7000-8000-0000000000b0', 'BENCH_OPERATOR', NULL, ARRAY['GLOBAL'],
  ARRAY['ops:dead_letter:operate', 'ops:dead_letter:view'], now(), now(), 1) ON CONFLICT DO NOTHING;
INSERT INTO people.role_assignment SELECT :'tenant', '0b000000-0000-7000-8000-0000000000b1', user_id,
  '0b000000-0000-7000-8000-0000000000b0', 'GLOBAL', NULL, now() - interval '1 day', NULL, now(), now(), user_id, NULL, 1
  FROM security.app_user WHERE tenant_id = :'tenant' AND person_id = '0b000000-0001-7000-8000-000000000001'
  ON CONFLICT DO NOTHING;
INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key, routing_key,
  correlation_id, reason, error, body, body_size, attempts, first_failed_at)
SELECT gen_random_uuid(), :'tenant', 'people.on_the_clock', 'on_the_clock', event, 'BenchEvent', key, 'people.bench.v1',
  'bench', 'EXHAUSTED', 'the database was away', body, length(body), 6, now()
FROM (SELECT event, gen_random_uuid() AS key, json_build_object('eventId', event, 'eventType', 'BenchEvent', 'occurredAt',
        '2026-01-11T14:00:00Z', 'producer', 'bench', 'schemaVersion', 1, 'tenantId', :'tenant', 'correlationId', 'bench',
        'payload', json_build_object('text', repeat('x', 600)))::text AS body
      FROM (SELECT gen_random_uuid() AS event FROM generate_series(1, :letters)) AS ids) AS events;
COMMIT;
ANALYZE messaging.dead_letter;
