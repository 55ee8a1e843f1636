-- As rows, what bench/decisions.cpp builds in memory: 30 roles of 10 permissions, and for each of :people
-- users ten dated assignments at 50 shops, every second one expired.
BEGIN;
CREATE FUNCTION pg_temp.bench_id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT format('0b000000-%s-7000-8000-%s', lpad(to_hex(kind), 4, '0'), lpad(to_hex(n), 12, '0'))::uuid $$;
INSERT INTO people.location SELECT :'tenant', pg_temp.bench_id(17, l), 'B' || l, 'Bench ' || l, 'America/Chicago', 'ACTIVE',
  now(), now(), 1 FROM generate_series(0, 49) AS l;
INSERT INTO security.role SELECT :'tenant', pg_temp.bench_id(16, r), 'ROLE_' || r, NULL, ARRAY['GLOBAL', 'LOCATION'],
  ARRAY(SELECT format('bench:thing_%s:use', r * 10 + k) FROM generate_series(0, 9) AS k), now(), now(), 1
  FROM generate_series(0, 29) AS r;
INSERT INTO people.role_assignment SELECT :'tenant', pg_temp.bench_id(18, n * 10 + i), pg_temp.bench_id(2, n),
  pg_temp.bench_id(16, (n * 7 + i * 3) % 30), 'LOCATION', pg_temp.bench_id(17, (n + i * 5) % 50), '2025-01-01',
  CASE WHEN i % 2 = 1 THEN timestamptz '2026-01-01' END, now(), now(), pg_temp.bench_id(2, n), NULL, 1
  FROM generate_series(1, :people) AS n, generate_series(0, 9) AS i;
COMMIT;
