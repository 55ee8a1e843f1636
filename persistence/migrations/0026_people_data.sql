-- What is held about people is handed out, kept for a time and erased (docs/decisions/0041).

-- Who has been erased. Names go with this row; what is in many rows follows in batches, until completed_at.
CREATE TABLE people.person_erasure (
  tenant_id uuid NOT NULL,
  person_id uuid NOT NULL,
  user_id uuid,
  erased_at timestamptz NOT NULL,
  erased_by uuid NOT NULL,
  completed_at timestamptz,
  CONSTRAINT person_erased PRIMARY KEY (tenant_id, person_id),
  CONSTRAINT erasure_person FOREIGN KEY (tenant_id, person_id) REFERENCES people.person
);
CREATE INDEX erasure_unfinished ON people.person_erasure (erased_at) WHERE completed_at IS NULL;

-- What records other than the person's own have against it: what they say is not the person actor's to know.
CREATE FUNCTION people.erasure_obstacles(wanted_tenant uuid, wanted_person uuid) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN EXISTS (SELECT FROM security.app_user u
      JOIN people.offboarding_case c ON c.tenant_id = u.tenant_id AND c.user_id = u.user_id AND c.state <> 'COMPLETED'
      WHERE u.tenant_id = wanted_tenant AND u.person_id = wanted_person) THEN 'OFFBOARDING_CASE_OPEN' END,
    CASE WHEN EXISTS (SELECT FROM people.clock_session s
        WHERE s.tenant_id = wanted_tenant AND s.person_id = wanted_person AND s.status = 'OPEN')
      OR EXISTS (SELECT FROM people.break_record b
        WHERE b.tenant_id = wanted_tenant AND b.mechanic_id = wanted_person AND b.status = 'IN_PROGRESS')
      OR EXISTS (SELECT FROM workexec.job_timer t
        WHERE t.tenant_id = wanted_tenant AND t.technician_id = wanted_person AND t.status = 'RUNNING')
      THEN 'TIME_RUNNING' END], NULL)
$$;

-- Asked once more by the commit itself, whatever was so when it was decided.
CREATE FUNCTION people.begin_erasure() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF people.erasure_obstacles(NEW.tenant_id, NEW.person_id) <> '{}'
     OR NEW.user_id IS NOT NULL AND NOT EXISTS (SELECT FROM security.app_user WHERE tenant_id = NEW.tenant_id
       AND user_id = NEW.user_id AND person_id = NEW.person_id) THEN
    RAISE EXCEPTION 'violates check constraint "person_not_erasable"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'person_not_erasable';
  END IF;
  DELETE FROM security.user_credential WHERE tenant_id = NEW.tenant_id AND user_id = NEW.user_id;
  DELETE FROM security.second_factor WHERE tenant_id = NEW.tenant_id AND user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER begin_erasure AFTER INSERT ON people.person_erasure
  FOR EACH ROW EXECUTE FUNCTION people.begin_erasure();

-- Whose profile has been kept long enough; those who are erased are called so, and are not looked at again.
CREATE INDEX person_left ON people.person (status_effective_at)
  WHERE status = 'TERMINATED' AND last_name NOT LIKE 'erased-%';
-- All sign-ins of somebody, over or not.
CREATE INDEX family_by_user ON security.refresh_token_family (tenant_id, user_id, created_at);

-- Time records are purged by their age, where a company says so.
CREATE INDEX timecard_by_date ON people.timecard (work_date);
CREATE INDEX timer_by_end ON workexec.job_timer (end_time) WHERE end_time IS NOT NULL;
CREATE OR REPLACE FUNCTION workexec.keep_job_timer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('musterd.purges', true) = 'job_timers' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.status = 'STOPPED' OR (NEW.technician_id, NEW.work_order_id, NEW.location_id,
      NEW.start_time) <> (OLD.technician_id, OLD.work_order_id, OLD.location_id, OLD.start_time) THEN
    RAISE EXCEPTION 'violates check constraint "job_timer_is_history"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'job_timer_is_history';
  END IF;
  RETURN NEW;
END $$;

-- The roles that may do everything may do this, too, where they were entered earlier.
UPDATE security.role SET version = version + 1, updated_at = now(), permission_keys = ARRAY(
  SELECT key FROM (SELECT DISTINCT unnest(permission_keys || ARRAY['people:person_data:export',
    'people:person_data:erase'])) AS k (key) ORDER BY key COLLATE "C")
WHERE permission_keys @> ARRAY['security:authority:any'];
