-- A company with a long history: the first person worked :days days, with a role, a place, a session, a
-- sign-in and two breaks each; :tenants other companies; the server was started :restarts times; :rows audit
-- entries over :months months.
SELECT audit.make_partitions((now() - make_interval(months => :months))::date, :months + 1);
ALTER TABLE people.clock_session DISABLE TRIGGER USER;
ALTER TABLE people.break_record DISABLE TRIGGER USER;
BEGIN;
CREATE TEMP TABLE day AS
  SELECT n, gen_random_uuid() AS card, gen_random_uuid() AS session, p.person_id AS person, u.user_id AS usr, l.location_id AS place,
    r.role_id AS role, date_trunc('day', now()) - (n + 2) * interval '1 day' AS at
  FROM generate_series(1, :days) AS n, people.person p JOIN security.app_user u USING (tenant_id, person_id)
  JOIN people.location l USING (tenant_id) JOIN security.role r USING (tenant_id)
  WHERE p.person_id = '0b000000-0001-7000-8000-000000000001' AND p.tenant_id = :'tenant';
INSERT INTO people.role_assignment SELECT :'tenant', gen_random_uuid(), usr, role, 'LOCATION', place, at - interval '1 day', at,
  at, at, usr, NULL, 1 FROM day;
INSERT INTO people.location_assignment SELECT :'tenant', gen_random_uuid(), person, place, 'MECHANIC', true, at - interval '1 day',
  at, at, at, usr, usr, NULL, 1 FROM day;
INSERT INTO security.refresh_token_family SELECT :'tenant', gen_random_uuid(), usr, repeat('0', 64), 1, at, at,
  at + interval '1 day', NULL, NULL, 1 FROM day;
INSERT INTO people.timecard SELECT :'tenant', card, person, place, at::date, 'CLOSED', 2 FROM day;
INSERT INTO people.clock_session SELECT :'tenant', session, card, person, place, at, at + interval '8 hours', 'CLOSED', NULL,
  NULL, 2 FROM day;
INSERT INTO people.break_record SELECT :'tenant', gen_random_uuid(), card, session, person, 'MEAL', 'COMPLETED',
  at + b * interval '1 hour', at + b * interval '70 minutes', 'MANUAL_ENDED', false, NULL, NULL, NULL, at, at, person, person, 2
  FROM day, generate_series(1, 2) AS b;

CREATE TEMP TABLE company AS SELECT gen_random_uuid() AS id, n FROM generate_series(1, :tenants) AS n;
INSERT INTO people.tenant SELECT id, 'company-' || n, 'Company ' || n FROM company;
INSERT INTO people.location SELECT id, gen_random_uuid(), 'S' || s.k, 'Shop', 'America/Chicago', 'ACTIVE', now(), now(), 1
  FROM company, generate_series(1, 5) AS s (k);
INSERT INTO security.role SELECT id, gen_random_uuid(), 'R' || s.k, NULL, ARRAY['GLOBAL'], ARRAY['a:b:c'], now(), now(), 1
  FROM company, generate_series(1, 14) AS s (k);

-- Chains as restarts left them, each linked from the next. Not verifiable: only what an opening reads
-- matters.
CREATE TEMP TABLE past AS
  SELECT n, gen_random_uuid() AS chain, now() - make_interval(months => :months) * ((:restarts - n + 1)::float8 / :restarts) AS at
  FROM generate_series(1, :restarts) AS n;
INSERT INTO audit.chain SELECT :'tenant', chain, at, '\x00' FROM past;
INSERT INTO audit.chain_link SELECT :'tenant', b.chain, a.chain, 1, '\x00' FROM past a JOIN past b ON b.n = a.n + 1;
INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id, subject_type, subject_id,
  outcome, correlation_id, details, chain_id, chain_seq, entry_hash)
SELECT :'tenant', gen_random_uuid(), 'TIMEKEEPING', 'CLOCKED_IN', now() - make_interval(months => :months) * (1 - e.k::float8 / :rows),
  'USER', :'tenant', 'ClockSession', :'tenant', 'SUCCESS', 'bench', '{"status":"OPEN"}', p.chain, e.k, '\x00'
FROM generate_series(1::bigint, :rows) AS e (k) JOIN past p ON p.n = 1 + e.k * :restarts / (:rows + 1);
COMMIT;
ALTER TABLE people.clock_session ENABLE TRIGGER USER;
ALTER TABLE people.break_record ENABLE TRIGGER USER;
VACUUM ANALYZE;
