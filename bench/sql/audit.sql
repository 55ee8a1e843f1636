-- :rows entries of a busy company's year: mostly the clock, some security, a few financial with references.
-- In no chain: searches and exports do not check.
SELECT audit.make_partitions((now() - interval '12 months')::date, 12);
BEGIN;
INSERT INTO security.role VALUES (:'tenant', '0b000000-0000-7000-8000-0000000000a0', 'BENCH_AUDITOR', NULL, ARRAY['GLOBAL'],
  ARRAY['security:audit_entry:export', 'security:audit_entry:view', 'security:audit_payload:view',
        'security:financial_audit:export', 'security:financial_audit:view'], now(), now(), 1);
INSERT INTO people.role_assignment SELECT :'tenant', '0b000000-0000-7000-8000-0000000000a1', user_id,
  '0b000000-0000-7000-8000-0000000000a0', 'GLOBAL', NULL, now() - interval '1 day', NULL, now(), now(), user_id, NULL, 1
  FROM security.app_user WHERE tenant_id = :'tenant' AND person_id = '0b000000-0001-7000-8000-000000000001';
INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, actor_id, subject_type, subject_id,
  location_id, outcome, reason_code, correlation_id, details, refs)
SELECT :'tenant', gen_random_uuid(),
  CASE WHEN n % 100 < 90 THEN 'TIMEKEEPING' WHEN n % 100 < 99 THEN 'SECURITY' ELSE 'FINANCIAL' END,
  CASE WHEN n % 100 < 90 THEN (ARRAY['CLOCKED_IN', 'BREAK_STARTED', 'BREAK_ENDED', 'CLOCKED_OUT'])[1 + n % 4]
       WHEN n % 100 < 98 THEN 'LOGIN_SUCCEEDED' WHEN n % 100 < 99 THEN 'RoleAssignmentCreated' ELSE 'REFUND' END,
  now() - interval '360 days' * (1 - n::float8 / :rows), 'USER',
  ('0b000000-0002-7000-8000-' || lpad(to_hex(n % 5000), 12, '0'))::uuid,
  CASE WHEN n % 100 < 90 THEN 'ClockSession' WHEN n % 100 < 99 THEN 'User' ELSE 'Payment' END,
  ('0b000000-0002-7000-8000-' || lpad(to_hex(n % 100000), 12, '0'))::uuid,
  ('0b000000-0011-7000-8000-' || lpad(to_hex(n % 50), 12, '0'))::uuid, 'SUCCESS', NULL, 'bench-' || n,
  '{"status":"OPEN","version":1,"note":"an entry of the length that most have, give or take"}',
  CASE WHEN n % 100 = 99 THEN ARRAY['order:' || n] ELSE '{}' END
FROM generate_series(1, :rows) AS n;
COMMIT;
ANALYZE audit.entry;
