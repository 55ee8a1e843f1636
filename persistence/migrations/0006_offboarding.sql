-- What is left to be done when somebody's access is gone (Story 90). Columns are the members of
-- domain/offboarding/records.hpp.
CREATE TABLE people.offboarding_case (
  tenant_id uuid NOT NULL,
  case_id uuid NOT NULL,
  user_id uuid NOT NULL,
  person_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('DISABLE', 'TERMINATE')),
  state text NOT NULL CHECK (state IN ('IN_PROGRESS', 'REQUIRES_MANUAL_INTERVENTION', 'COMPLETED')),
  effective_at timestamptz NOT NULL,
  status_reason_code text,
  assignment_termination text NOT NULL CHECK (
    assignment_termination IN ('END_ASSIGNMENTS_NOW', 'END_ASSIGNMENTS_AT_DATE', 'LEAVE_ASSIGNMENTS_ACTIVE')),
  end_assignments_at timestamptz,
  opened_by uuid NOT NULL,
  correlation_id text NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, case_id),
  CONSTRAINT case_user FOREIGN KEY (tenant_id, user_id) REFERENCES security.app_user,
  CONSTRAINT case_closed_when_completed CHECK ((state = 'COMPLETED') = (closed_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX case_by_user ON people.offboarding_case (tenant_id, user_id);
CREATE INDEX case_unfinished ON people.offboarding_case (tenant_id, state, opened_at) WHERE state <> 'COMPLETED';
CREATE INDEX case_by_time ON people.offboarding_case (tenant_id, opened_at);

CREATE TABLE people.offboarding_command (
  tenant_id uuid NOT NULL,
  command_id uuid NOT NULL,
  case_id uuid NOT NULL,
  command_type text NOT NULL CHECK (command_type IN (
    'END_LOCATION_ASSIGNMENTS', 'END_ROLE_ASSIGNMENTS', 'CLOSE_CLOCK_SESSION', 'STOP_JOB_TIMERS')),
  state text NOT NULL CHECK (state IN ('PENDING', 'IN_PROGRESS', 'RETRYING', 'PAUSED', 'REQUIRES_MANUAL_INTERVENTION',
    'SUCCEEDED', 'RISK_ACCEPTED')),
  attempts bigint NOT NULL CHECK (attempts >= 0),
  failures bigint NOT NULL CHECK (failures >= 0),
  last_error text,
  first_failed_at timestamptz,
  last_attempt_at timestamptz,
  due_at timestamptz,
  finished_at timestamptz,
  justification text,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, command_id),
  CONSTRAINT command_case FOREIGN KEY (tenant_id, case_id) REFERENCES people.offboarding_case,
  CONSTRAINT one_command_of_a_type UNIQUE (tenant_id, case_id, command_type),
  -- What is neither done nor with an operator is due some time: nothing is forgotten.
  CONSTRAINT command_scheduled CHECK ((due_at IS NOT NULL) = (state IN ('PENDING', 'IN_PROGRESS', 'RETRYING'))),
  CONSTRAINT command_finished CHECK ((finished_at IS NOT NULL) = (state IN ('SUCCEEDED', 'RISK_ACCEPTED'))),
  CONSTRAINT risk_justified CHECK ((state = 'RISK_ACCEPTED') = (justification IS NOT NULL))
) WITH (fillfactor = 80);
-- What the scheduler reads, over all tenants.
CREATE INDEX command_due ON people.offboarding_command (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX command_retrying ON people.offboarding_command (first_failed_at) WHERE state = 'RETRYING';

CREATE TABLE people.offboarding_history (
  tenant_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  case_id uuid NOT NULL,
  command_id uuid,
  what text NOT NULL,
  attempt bigint NOT NULL,
  happened_at timestamptz NOT NULL,
  actor uuid NOT NULL,
  detail text,
  PRIMARY KEY (tenant_id, case_id, entry_id)
);

-- Written with the deactivation of somebody who can manage users: refused when nobody would be left who can. The lock makes
-- two who deactivate each other wait for one another, whichever node they are on.
CREATE TABLE security.admin_departure (
  tenant_id uuid NOT NULL,
  departure_id uuid NOT NULL,
  user_id uuid NOT NULL,
  permission_key text NOT NULL,
  departed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, departure_id)
);
CREATE FUNCTION security.has_user_manager(wanted_tenant uuid, but_for uuid, permission text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM security.role r
    JOIN people.role_assignment a ON a.tenant_id = r.tenant_id AND a.role_id = r.role_id AND a.scope_type = 'GLOBAL'
      AND a.effective_start_date <= now() AND (a.effective_end_date IS NULL OR a.effective_end_date > now())
    JOIN security.app_user u ON u.tenant_id = a.tenant_id AND u.user_id = a.user_id AND u.status = 'ACTIVE'
    WHERE r.tenant_id = wanted_tenant AND r.permission_keys @> ARRAY[permission] AND u.user_id <> but_for)
$$;
CREATE FUNCTION security.keep_a_user_manager() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('last_admin' || NEW.tenant_id, 0));
  IF NOT security.has_user_manager(NEW.tenant_id, NEW.user_id, NEW.permission_key) THEN
    RAISE EXCEPTION 'violates check constraint "last_admin"' USING ERRCODE = 'check_violation', CONSTRAINT = 'last_admin';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_a_user_manager AFTER INSERT ON security.admin_departure
  FOR EACH ROW EXECUTE FUNCTION security.keep_a_user_manager();
