-- Time on jobs, as the built-in work execution keeps it (Story 90, AC3). Columns are the members of job_timer in
-- domain/job_timer/records.hpp.
CREATE SCHEMA workexec;

CREATE TABLE workexec.job_timer (
  tenant_id uuid NOT NULL,
  timer_id uuid NOT NULL,
  technician_id uuid NOT NULL,
  work_order_id uuid NOT NULL,
  job_code text CHECK (octet_length(job_code) BETWEEN 1 AND 64),
  location_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('RUNNING', 'STOPPED')),
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  duration_seconds bigint,
  forced_stop boolean NOT NULL,
  forced_stop_reason text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, timer_id),
  CONSTRAINT timer_running_without_end CHECK ((status = 'RUNNING') = (end_time IS NULL)),
  CONSTRAINT timer_ends_after_start CHECK (end_time >= start_time),
  CONSTRAINT timer_end_has_duration CHECK ((end_time IS NULL) = (duration_seconds IS NULL)),
  CONSTRAINT timer_duration_is_its_own CHECK (duration_seconds = floor(extract(epoch FROM end_time - start_time))),
  CONSTRAINT timer_forced_with_reason CHECK (forced_stop = (forced_stop_reason IS NOT NULL)),
  CONSTRAINT timer_forced_means_stopped CHECK (NOT forced_stop OR status = 'STOPPED')
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX one_running_timer ON workexec.job_timer (tenant_id, technician_id) WHERE status = 'RUNNING';
-- An actor that wakes asks for the technician's latest timer.
CREATE INDEX timer_by_technician ON workexec.job_timer (tenant_id, technician_id, end_time DESC);
-- Nobody works on two jobs at once. The key is hashed because GiST cannot tell apart ids that were made in the same
-- millisecond; a running timer is kept alone by the unique index.
ALTER TABLE workexec.job_timer ADD CONSTRAINT timers_do_not_overlap EXCLUDE USING gist (
  uuid_hash_extended(technician_id, 0) WITH =, tstzrange(start_time, end_time, '[)') WITH &&) WHERE (status = 'STOPPED');

-- What was worked stays as it was: no timer is deleted, and none changes once it has stopped. A purge disables the
-- trigger.
CREATE FUNCTION workexec.keep_job_timer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.status = 'STOPPED' OR (NEW.technician_id, NEW.work_order_id, NEW.location_id,
      NEW.start_time) <> (OLD.technician_id, OLD.work_order_id, OLD.location_id, OLD.start_time) THEN
    RAISE EXCEPTION 'violates check constraint "job_timer_is_history"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'job_timer_is_history';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_job_timer BEFORE UPDATE OR DELETE ON workexec.job_timer
  FOR EACH ROW EXECUTE FUNCTION workexec.keep_job_timer();
