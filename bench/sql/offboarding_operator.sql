-- Lets the first person do what the offboarding and placement measurements need.
BEGIN;
INSERT INTO security.role VALUES (:'tenant', '0b000000-0000-7000-8000-0000000000c0', 'BENCH_HR', NULL, ARRAY['GLOBAL'],
  ARRAY['people:location_assignment:create', 'people:location_assignment:update', 'people:user:disable',
        'workexec:technician:view'], now(), now(), 1);
INSERT INTO people.role_assignment SELECT :'tenant', '0b000000-0000-7000-8000-0000000000c1', user_id,
  '0b000000-0000-7000-8000-0000000000c0', 'GLOBAL', NULL, now() - interval '1 day', NULL, now(), now(), user_id, NULL, 1
  FROM security.app_user WHERE tenant_id = :'tenant' AND person_id = '0b000000-0001-7000-8000-000000000001';
COMMIT;
