-- The second person was at the shop :history times, a day each, but is not now; the next :staff people are.
BEGIN;
CREATE TEMP TABLE someone AS
  SELECT person_id, row_number() OVER (ORDER BY person_id) AS at FROM people.person WHERE tenant_id = :'tenant';
CREATE FUNCTION pg_temp.place(who uuid, begins timestamptz, ends timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO people.location_assignment (tenant_id, assignment_id, person_id, location_id, role, is_primary,
    effective_start_at, effective_end_at, created_at, updated_at, created_by, updated_by, version)
  SELECT tenant_id, gen_random_uuid(), who, location_id, 'MECHANIC', false, begins, ends, begins, begins, who, who, 1
  FROM people.location WHERE code = 'BENCH' $$;
SELECT count(pg_temp.place(person_id, now() - make_interval(days => n + 1), now() - make_interval(days => n)))
  FROM someone, generate_series(1, :history) AS n WHERE at = 2;
SELECT count(pg_temp.place(person_id, now() - interval '1 year', NULL)) FROM someone WHERE at BETWEEN 3 AND :staff + 2;
COMMIT;
ANALYZE people.location_assignment;
