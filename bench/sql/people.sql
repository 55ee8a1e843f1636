-- A tenant with one shop and :people mechanics, each with a closed timecard of yesterday, which would take
-- minutes through the server. Ids count up, so that tools can name people without a query.
BEGIN;
INSERT INTO people.tenant VALUES (:'tenant', 'bench', 'Bench');
INSERT INTO people.location VALUES
  (:'tenant', :'shop', 'BENCH', 'Bench shop', 'America/Chicago', 'ACTIVE', now(), now(), 1);
INSERT INTO security.role VALUES (:'tenant', :'role', 'MECHANIC', NULL, ARRAY['LOCATION'],
  ARRAY['timekeeping:timecard:record'], now(), now(), 1);

CREATE FUNCTION pg_temp.bench_id(kind int, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT format('0b000000-%s-7000-8000-%s', lpad(to_hex(kind), 4, '0'), lpad(to_hex(n), 12, '0'))::uuid $$;
CREATE TEMP TABLE someone AS
  SELECT n, pg_temp.bench_id(1, n) AS person, pg_temp.bench_id(2, n) AS usr, pg_temp.bench_id(3, n) AS card,
    pg_temp.bench_id(4, n) AS session, pg_temp.bench_id(5, n) AS break, pg_temp.bench_id(6, n) AS assignment,
    (now() AT TIME ZONE 'America/Chicago')::date - 1 AS day,
    now() - interval '26 hours' AS clock_in
  FROM generate_series(1, :people) AS n;

-- A service that may ask for decisions; older servers, in comparisons, have no such table.
SELECT to_regclass('security.service_secret') IS NOT NULL AS keeps_services \gset
\if :keeps_services
INSERT INTO security.service_client (tenant_id, client_id, name, scopes, created_at, updated_at, version)
  VALUES (:'tenant', pg_temp.bench_id(7, 1), 'bench', ARRAY['security:authorization:decide'], now(), now(), 1);
INSERT INTO security.service_secret VALUES
  (:'tenant', pg_temp.bench_id(8, 1), pg_temp.bench_id(7, 1), '$argon2id$none', now(), NULL, 1);
\endif
INSERT INTO people.person SELECT :'tenant', person, 'Bench', n::text, NULL, 'ACTIVE', now(), NULL, now(), now(), 1
  FROM someone;
INSERT INTO security.app_user SELECT :'tenant', usr, person, 'bench.' || n, NULL, NULL, 'ACTIVE', now(), NULL, now(),
  now(), 1 FROM someone;
INSERT INTO people.role_assignment SELECT :'tenant', assignment, usr, :'role', 'LOCATION', :'shop',
  now() - interval '1 year', NULL, now(), now(), usr, NULL, 1 FROM someone;
INSERT INTO people.timecard SELECT :'tenant', card, person, :'shop', day, 'CLOSED', 2 FROM someone;
INSERT INTO people.clock_session SELECT :'tenant', session, card, person, :'shop', clock_in,
  clock_in + interval '8 hours', 'CLOSED', NULL, NULL, 2 FROM someone;
INSERT INTO people.break_record SELECT :'tenant', break, card, session, person, 'MEAL', 'COMPLETED',
  clock_in + interval '4 hours', clock_in + interval '5 hours', 'MANUAL_ENDED', false, NULL, NULL, NULL, now(), now(), person,
  person, 2 FROM someone;
COMMIT;
