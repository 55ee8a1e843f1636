-- Schemas, shops, the time clock, the audit trail, idempotency keys.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA IF NOT EXISTS people;
CREATE SCHEMA IF NOT EXISTS security;
CREATE SCHEMA IF NOT EXISTS audit;
CREATE SCHEMA IF NOT EXISTS journal;

CREATE TABLE people.tenant (
  tenant_id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL
);

CREATE TABLE people.location (
  tenant_id uuid NOT NULL REFERENCES people.tenant,
  location_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  timezone text NOT NULL,
  status text NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, location_id),
  CONSTRAINT location_code_taken UNIQUE (tenant_id, code)
);

CREATE TABLE people.timecard (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  location_id uuid NOT NULL,
  work_date date NOT NULL,
  status text NOT NULL CHECK (status IN ('OPEN', 'CLOSED')),
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, id),
  -- No foreign key to the shop: shops are never deleted, and each clock-in would lock its shop's row for the check.
  CONSTRAINT timecard_per_day UNIQUE (tenant_id, person_id, work_date, location_id)
) WITH (fillfactor = 80);

CREATE TABLE people.clock_session (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  timecard_id uuid NOT NULL,
  person_id uuid NOT NULL,
  location_id uuid NOT NULL,
  clock_in_at timestamptz NOT NULL,
  clock_out_at timestamptz,
  status text NOT NULL CHECK (status IN ('OPEN', 'CLOSED')),
  notes text,
  forced_stop_reason text,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT session_on_timecard FOREIGN KEY (tenant_id, timecard_id) REFERENCES people.timecard,
  CONSTRAINT session_open_without_end CHECK ((status = 'OPEN') = (clock_out_at IS NULL)),
  CONSTRAINT session_ends_after_start CHECK (clock_out_at >= clock_in_at)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX one_open_session ON people.clock_session (tenant_id, person_id) WHERE status = 'OPEN';
CREATE INDEX session_by_timecard ON people.clock_session (tenant_id, timecard_id);
-- Indexes are checked in the order in which they are made: where a row breaks both rules, "one at a time" is named rather
-- than the overlap that follows from it. An open session is kept alone by the unique index and compared with the others
-- when it closes. The key is hashed because GiST cannot tell apart ids that were made in the same millisecond.
ALTER TABLE people.clock_session ADD CONSTRAINT sessions_do_not_overlap EXCLUDE USING gist (
  uuid_hash_extended(person_id, 0) WITH =, tstzrange(clock_in_at, clock_out_at, '[)') WITH &&) WHERE (status = 'CLOSED');

CREATE TABLE people.break_record (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL,
  timecard_id uuid NOT NULL,
  clock_session_id uuid NOT NULL,
  mechanic_id uuid NOT NULL,
  break_type text NOT NULL CHECK (break_type IN ('MEAL', 'REST', 'OTHER')),
  status text NOT NULL CHECK (status IN ('IN_PROGRESS', 'COMPLETED')),
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  end_reason text CHECK (end_reason IN ('MANUAL_ENDED', 'AUTO_ENDED_AT_CLOCKOUT')),
  auto_ended boolean NOT NULL,
  trigger_event_id uuid,
  forced_stop_reason text,
  notes text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  updated_by uuid NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT break_running_without_end CHECK ((status = 'IN_PROGRESS') = (end_time IS NULL)),
  CONSTRAINT break_end_has_reason CHECK ((end_time IS NULL) = (end_reason IS NULL)),
  CONSTRAINT break_ends_after_start CHECK (end_time >= start_time),
  CONSTRAINT break_auto_end_has_trigger CHECK (auto_ended = (trigger_event_id IS NOT NULL))
) WITH (fillfactor = 80);
-- Story 84, R1.
CREATE UNIQUE INDEX one_running_break ON people.break_record (tenant_id, mechanic_id) WHERE status = 'IN_PROGRESS';
CREATE INDEX break_by_timecard ON people.break_record (tenant_id, timecard_id);
-- A timecard that wakes asks for the person's last break, over all their days.
CREATE INDEX break_by_mechanic ON people.break_record (tenant_id, mechanic_id, start_time DESC);
-- Story 84, R3; a running break reaches into infinity.
ALTER TABLE people.break_record ADD CONSTRAINT breaks_do_not_overlap EXCLUDE USING gist (
  uuid_hash_extended(timecard_id, 0) WITH =, tstzrange(start_time, end_time, '[)') WITH &&);

-- Story 84, R2: a break lies inside its session. The share lock makes a session that is being closed and a break
-- that is being written wait for each other, whoever writes them.
CREATE FUNCTION people.check_break_inside_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM people.clock_session s
    WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.clock_session_id AND s.timecard_id = NEW.timecard_id
      AND s.clock_in_at <= NEW.start_time AND (s.clock_out_at IS NULL OR NEW.end_time <= s.clock_out_at)
    FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'violates check constraint "break_inside_session"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'break_inside_session';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER break_inside_session AFTER INSERT OR UPDATE ON people.break_record
  FOR EACH ROW EXECUTE FUNCTION people.check_break_inside_session();

CREATE FUNCTION people.check_session_covers_breaks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM people.break_record b
    WHERE b.tenant_id = NEW.tenant_id AND b.timecard_id = NEW.timecard_id AND b.clock_session_id = NEW.id
      AND (b.end_time IS NULL OR b.end_time > NEW.clock_out_at OR b.start_time < NEW.clock_in_at);
  IF FOUND THEN
    RAISE EXCEPTION 'violates check constraint "session_covers_breaks"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'session_covers_breaks';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER session_covers_breaks AFTER UPDATE ON people.clock_session
  FOR EACH ROW WHEN (NEW.clock_out_at IS NOT NULL) EXECUTE FUNCTION people.check_session_covers_breaks();

-- Who did what to whom. `details` is text that stays as it was written, so that the hash over it can be made again; columns
-- are the members of domain/audit.hpp, then the entry's place in its chain (persistence/audit_chain.hpp).
CREATE TABLE audit.entry (
  tenant_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  category text NOT NULL,
  event_type text NOT NULL,
  occurred_at timestamptz NOT NULL,
  actor_type text NOT NULL,
  actor_id uuid NOT NULL,
  subject_type text NOT NULL,
  subject_id uuid NOT NULL,
  location_id uuid,
  outcome text NOT NULL,
  reason_code text,
  correlation_id text NOT NULL,
  client_address text,
  user_agent text,
  details json NOT NULL,
  refs text[] NOT NULL DEFAULT '{}',
  chain_id uuid,
  chain_seq bigint,
  entry_hash bytea,
  PRIMARY KEY (tenant_id, occurred_at, entry_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX entry_by_id ON audit.entry (entry_id);
CREATE INDEX entry_by_chain ON audit.entry (tenant_id, chain_id, chain_seq);
CREATE INDEX entry_by_actor ON audit.entry (tenant_id, actor_id, occurred_at);
CREATE INDEX entry_by_subject ON audit.entry (tenant_id, subject_id, occurred_at);
CREATE INDEX entry_by_subject_type ON audit.entry (tenant_id, subject_type, occurred_at);
CREATE INDEX entry_by_event_type ON audit.entry (tenant_id, event_type, occurred_at);
CREATE INDEX entry_by_location ON audit.entry (tenant_id, location_id, occurred_at) WHERE location_id IS NOT NULL;
-- The clock makes most entries: looking for its own among all is quick, and indexing them would only cost each clock-in.
CREATE INDEX entry_by_category ON audit.entry (tenant_id, category, occurred_at) WHERE category <> 'TIMEKEEPING';
CREATE INDEX entry_by_reference ON audit.entry USING gin (refs) WHERE refs <> '{}';

-- A chain is opened by one writer for one tenant and names the heads of the chains before it, so that none can vanish.
CREATE TABLE audit.chain (
  tenant_id uuid NOT NULL,
  chain_id uuid NOT NULL,
  opened_at timestamptz NOT NULL,
  mac bytea NOT NULL,
  PRIMARY KEY (tenant_id, chain_id)
);
CREATE TABLE audit.chain_link (
  tenant_id uuid NOT NULL,
  chain_id uuid NOT NULL,
  earlier_chain_id uuid NOT NULL,
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (tenant_id, chain_id, earlier_chain_id)
);
CREATE INDEX chain_link_to ON audit.chain_link (tenant_id, earlier_chain_id, seq);

-- Events of other domains that are in the trail, by their own id: a second delivery adds nothing.
CREATE TABLE audit.recorded_event (
  tenant_id uuid NOT NULL,
  event_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  CONSTRAINT audit_event_recorded PRIMARY KEY (tenant_id, event_id)
);

CREATE TABLE audit.export_job (
  tenant_id uuid NOT NULL,
  export_id uuid NOT NULL,
  requested_by uuid NOT NULL,
  correlation_id text NOT NULL,
  format text NOT NULL CHECK (format IN ('CSV', 'NDJSON')),
  request jsonb NOT NULL,
  status text NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED')),
  rows_total bigint NOT NULL,
  rows_written bigint NOT NULL,
  bytes bigint NOT NULL,
  failure text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, export_id)
);
CREATE INDEX export_job_unfinished ON audit.export_job (created_at) WHERE status IN ('QUEUED', 'RUNNING');

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.entry
  FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit.entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.chain
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.chain_link
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Months (UTC) are made ahead. What was meant for a month that nobody made is in the default partition and stays there.
CREATE TABLE audit.entry_other PARTITION OF audit.entry DEFAULT;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit.entry_other
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Attached rather than made in place: that locks out neither readers nor writers of the other months.
CREATE FUNCTION audit.make_partitions(first_day date, months integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month timestamp;
  name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('audit.make_partitions'));
  FOR i IN 0 .. months - 1 LOOP
    month := date_trunc('month', first_day::timestamp) + make_interval(months => i);
    name := 'entry_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass('audit.' || name) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE audit.%I (LIKE audit.entry INCLUDING DEFAULTS)', name);
      EXECUTE format('ALTER TABLE audit.entry ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)', name,
        month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
      EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit.%I '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
      made := made + 1;
    EXCEPTION WHEN check_violation THEN
      RAISE WARNING 'entries of % are in the default partition and stay there', name;
    END;
  END LOOP;
  RETURN made;
END $$;
SELECT audit.make_partitions((now() AT TIME ZONE 'UTC')::date, 4);

-- The first answer to every request that carried an Idempotency-Key, for 24 hours.
CREATE TABLE journal.idempotency_key (
  tenant_id uuid NOT NULL,
  actor uuid NOT NULL,
  key text NOT NULL,
  digest text NOT NULL,
  status integer NOT NULL,
  body text NOT NULL,
  resource_version bigint,
  created_at timestamptz NOT NULL,
  CONSTRAINT idempotency_key_used PRIMARY KEY (tenant_id, actor, key)
);
CREATE INDEX idempotency_key_by_age ON journal.idempotency_key USING brin (created_at);

-- Fails the whole commit when a versioned write did not meet the version it was decided on.
CREATE FUNCTION journal.expect_rows(written bigint, expected bigint, table_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'violates version guard "version_conflict" on %: % of % rows written', table_name, written, expected
      USING ERRCODE = 'MU001', CONSTRAINT = 'version_conflict';
  END IF;
END $$;
