-- :commands cases, each with a StopJobTimers in :state, due from :first seconds from now, evenly over :spread
-- seconds. bench.due keeps the due times, which attempts change.
BEGIN;
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TEMPORARY TABLE someone AS
  SELECT row_number() OVER (ORDER BY user_id) AS at, user_id, person_id
  FROM security.app_user WHERE tenant_id = :'tenant';
ALTER TABLE someone ADD PRIMARY KEY (at);
ANALYZE someone;
CREATE TABLE bench.due AS
  SELECT gen_random_uuid() AS case_id, gen_random_uuid() AS command_id, user_id, person_id,
    now() + make_interval(secs => :first + :spread * (n - 1)::float8 / :commands) AS due_at
  FROM (SELECT n, 1 + n % (SELECT max(at) FROM someone) AS at FROM generate_series(1, :commands) AS n) AS each
  JOIN someone USING (at);
INSERT INTO people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, state, effective_at, assignment_termination,
  opened_by, correlation_id, opened_at, version)
SELECT :'tenant', case_id, user_id, person_id, 'DISABLE', 'IN_PROGRESS', now(), 'LEAVE_ASSIGNMENTS_ACTIVE', user_id, 'bench',
  now(), 1 FROM bench.due;
INSERT INTO people.offboarding_command (tenant_id, command_id, case_id, command_type, state, attempts, failures, last_error,
  first_failed_at, last_attempt_at, due_at, version)
SELECT :'tenant', command_id, case_id, 'STOP_JOB_TIMERS', :'state', failed, failed, CASE failed WHEN 1 THEN 'bench' END,
  CASE failed WHEN 1 THEN now() END, CASE failed WHEN 1 THEN now() END, due_at, 1 + failed
FROM bench.due, (SELECT CASE :'state' WHEN 'RETRYING' THEN 1 ELSE 0 END AS failed) AS tried;
COMMIT;
ANALYZE people.offboarding_case, people.offboarding_command, bench.due;
