-- What stands at no time is found by no range; an erasure that is complete names nobody; and nobody's exports keep all others
-- waiting (docs/decisions/0056).

-- No program of ours reads such times. What is there already stays, and is reported by whoever verifies the trail.
ALTER TABLE audit.entry ADD CONSTRAINT entry_at_a_time CHECK (occurred_at >= '0001-01-01 00:00:00+00' AND occurred_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE audit.chain ADD CONSTRAINT chain_at_a_time CHECK (opened_at >= '0001-01-01 00:00:00+00' AND opened_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE audit.personal_value ADD CONSTRAINT value_at_a_time CHECK (recorded_at >= '0001-01-01 00:00:00+00' AND recorded_at < '10000-01-01 00:00:00+00') NOT VALID;
ALTER TABLE audit.export_job
  ADD CONSTRAINT export_created_at_a_time CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at < '10000-01-01 00:00:00+00') NOT VALID,
  ADD CONSTRAINT export_finished_at_a_time CHECK (finished_at >= '0001-01-01 00:00:00+00' AND finished_at < '10000-01-01 00:00:00+00') NOT VALID;

-- A partition is attached with its table's constraints or not at all.
CREATE OR REPLACE FUNCTION audit.make_partitions(first_day date, months integer) RETURNS integer LANGUAGE plpgsql AS $$
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
      EXECUTE format('CREATE TABLE audit.%I (LIKE audit.entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
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

-- Until when exports may have read what stood beside the trail of somebody; a minute more than that, as clocks differ.
ALTER TABLE people.erasure_due ADD COLUMN values_gone_at timestamptz;

-- What waits for a consumer is found by whom it is about, like letters.
CREATE INDEX parked_message_about ON messaging.parked_message (tenant_id, entity_key);

-- Alerts are found by the letter or the case they are about.
CREATE INDEX alert_about ON messaging.alert (tenant_id, coalesce(details ->> 'deadLetterId', details ->> 'caseId'));

-- What is left of somebody whose name is gone: rows `x`, of the tenant $1 and the person or user $2, and what is done to
-- them; nothing where somebody else has to act first, and the erasure waits. An accepted risk keeps that it was justified, a
-- letter that there was one. Exports come behind what they read: one that is asked for later finds it gone.
DROP FUNCTION retention.rest_of_person();
CREATE FUNCTION retention.rest_of_person() RETURNS TABLE (of_user boolean, change text, among text) LANGUAGE sql IMMUTABLE AS $$
VALUES
  (false, 'UPDATE people.clock_session SET notes = NULL, version = version + 1',
    'people.timecard t JOIN people.clock_session x ON x.tenant_id = t.tenant_id AND x.timecard_id = t.id
     WHERE t.tenant_id = $1 AND t.person_id = $2 AND x.notes IS NOT NULL'),
  (false, 'UPDATE people.break_record SET notes = NULL, version = version + 1',
    'people.break_record x WHERE x.tenant_id = $1 AND x.mechanic_id = $2 AND x.notes IS NOT NULL'),
  (true, 'UPDATE people.offboarding_history SET detail = NULL',
    'people.offboarding_case c JOIN people.offboarding_history x ON x.tenant_id = c.tenant_id AND x.case_id = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND x.detail IS NOT NULL'),
  (true, 'UPDATE people.offboarding_command SET last_error = NULL, version = version + 1,
     justification = CASE WHEN justification IS NOT NULL THEN ''erased'' END',
    'people.offboarding_case c JOIN people.offboarding_command x ON x.tenant_id = c.tenant_id AND x.case_id = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND (x.last_error IS NOT NULL OR x.justification <> ''erased'')'),
  (true, 'UPDATE people.offboarding_case SET status_reason_code = NULL, version = version + 1',
    'people.offboarding_case x WHERE x.tenant_id = $1 AND x.user_id = $2 AND x.status_reason_code IS NOT NULL'),
  (true, 'UPDATE people.role_assignment SET reason_code = NULL, version = version + 1',
    'people.role_assignment x WHERE x.tenant_id = $1 AND x.user_id = $2 AND x.reason_code IS NOT NULL'),
  (false, 'UPDATE people.location_assignment SET change_reason_code = NULL, version = version + 1',
    'people.location_assignment x WHERE x.tenant_id = $1 AND x.person_id = $2 AND x.change_reason_code IS NOT NULL'),
  (false, 'UPDATE messaging.dead_letter SET error = ''erased'', headers = ''{}'', body = CASE WHEN body IS NOT NULL THEN ''{}'' END,
     raw_body = CASE WHEN raw_body IS NOT NULL THEN ''''::bytea END',
    'messaging.dead_letter x WHERE x.tenant_id = $1 AND x.entity_key = $2 AND x.state <> ''OPEN'' AND x.error <> ''erased'''),
  (true, 'UPDATE messaging.dead_letter SET error = ''erased'', headers = ''{}'', body = CASE WHEN body IS NOT NULL THEN ''{}'' END,
     raw_body = CASE WHEN raw_body IS NOT NULL THEN ''''::bytea END',
    'messaging.dead_letter x WHERE x.tenant_id = $1 AND x.entity_key = $2 AND x.state <> ''OPEN'' AND x.error <> ''erased'''),
  (true, 'UPDATE messaging.dead_letter SET error = ''erased'', headers = ''{}'', body = ''{}''',
    'people.offboarding_case c JOIN messaging.dead_letter x ON x.tenant_id = c.tenant_id AND x.entity_key = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND x.state <> ''OPEN'' AND x.error <> ''erased'' AND x.body IS NOT NULL'),
  (false, 'UPDATE messaging.dead_letter_action SET reason = ''erased''',
    'messaging.dead_letter d JOIN messaging.dead_letter_action x ON x.dead_letter_id = d.id
     WHERE d.tenant_id = $1 AND d.entity_key = $2 AND x.reason <> ''erased'''),
  (true, 'UPDATE messaging.dead_letter_action SET reason = ''erased''',
    'messaging.dead_letter d JOIN messaging.dead_letter_action x ON x.dead_letter_id = d.id
     WHERE d.tenant_id = $1 AND d.entity_key = $2 AND x.reason <> ''erased'''),
  (true, 'UPDATE messaging.dead_letter_action SET reason = ''erased''',
    'people.offboarding_case c JOIN messaging.dead_letter d ON d.tenant_id = c.tenant_id AND d.entity_key = c.case_id
     JOIN messaging.dead_letter_action x ON x.dead_letter_id = d.id
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND x.reason <> ''erased'''),
  (false, 'UPDATE messaging.alert SET details = details - ''error'' - ''lastError''',
    'messaging.dead_letter d JOIN messaging.alert x ON x.tenant_id = d.tenant_id AND coalesce(x.details ->> ''deadLetterId'', x.details ->> ''caseId'') = d.id::text
     WHERE d.tenant_id = $1 AND d.entity_key = $2 AND x.details ?| ARRAY[''error'', ''lastError'']'),
  (true, 'UPDATE messaging.alert SET details = details - ''error'' - ''lastError''',
    'messaging.dead_letter d JOIN messaging.alert x ON x.tenant_id = d.tenant_id AND coalesce(x.details ->> ''deadLetterId'', x.details ->> ''caseId'') = d.id::text
     WHERE d.tenant_id = $1 AND d.entity_key = $2 AND x.details ?| ARRAY[''error'', ''lastError'']'),
  (true, 'UPDATE messaging.alert SET details = details - ''error'' - ''lastError''',
    'people.offboarding_case c JOIN messaging.dead_letter d ON d.tenant_id = c.tenant_id AND d.entity_key = c.case_id
     JOIN messaging.alert x ON x.tenant_id = d.tenant_id AND coalesce(x.details ->> ''deadLetterId'', x.details ->> ''caseId'') = d.id::text
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND x.details ?| ARRAY[''error'', ''lastError'']'),
  (true, 'UPDATE messaging.alert SET details = details - ''error'' - ''lastError''',
    'people.offboarding_case c JOIN messaging.alert x ON x.tenant_id = c.tenant_id AND coalesce(x.details ->> ''deadLetterId'', x.details ->> ''caseId'') = c.case_id::text
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND x.details ?| ARRAY[''error'', ''lastError'']'),
  (false, NULL, 'messaging.dead_letter x WHERE x.tenant_id = $1 AND x.entity_key = $2 AND x.state = ''OPEN'''),
  (true, NULL, 'messaging.dead_letter x WHERE x.tenant_id = $1 AND x.entity_key = $2 AND x.state = ''OPEN'''),
  (true, NULL,
    'people.offboarding_case c JOIN messaging.dead_letter x ON x.tenant_id = c.tenant_id AND x.entity_key = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2 AND x.state = ''OPEN'''),
  (false, NULL, 'messaging.outbox_held x WHERE x.tenant_id = $1 AND x.entity_key = $2'),
  (true, NULL, 'messaging.outbox_held x WHERE x.tenant_id = $1 AND x.entity_key = $2'),
  (true, NULL,
    'people.offboarding_case c JOIN messaging.outbox_held x ON x.tenant_id = c.tenant_id AND x.entity_key = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2'),
  (false, NULL, 'messaging.parked_message x WHERE x.tenant_id = $1 AND x.entity_key = $2'),
  (true, NULL, 'messaging.parked_message x WHERE x.tenant_id = $1 AND x.entity_key = $2'),
  (true, NULL,
    'people.offboarding_case c JOIN messaging.parked_message x ON x.tenant_id = c.tenant_id AND x.entity_key = c.case_id
     WHERE c.tenant_id = $1 AND c.user_id = $2'),
  (false, NULL,
    'people.person_erasure e JOIN messaging.outbox x ON x.tenant_id = e.tenant_id AND x.event_type <> ''PersonErased''
       AND (x.entity_key IN (e.person_id, e.user_id) OR x.entity_key = ANY (ARRAY(SELECT c.case_id
         FROM people.offboarding_case c WHERE c.tenant_id = e.tenant_id AND c.user_id = e.user_id)))
     WHERE e.tenant_id = $1 AND e.person_id = $2'),
  (true, 'DELETE FROM security.refresh_token_family',
    'security.refresh_token_family x WHERE x.tenant_id = $1 AND x.user_id = $2'),
  (false, 'DELETE FROM audit.personal_value', 'audit.personal_value x WHERE x.tenant_id = $1 AND x.owner_id = $2'),
  (true, 'DELETE FROM audit.personal_value', 'audit.personal_value x WHERE x.tenant_id = $1 AND x.owner_id = $2'),
  (false, 'UPDATE audit.export_job SET status = ''FAILED'', version = version + 1, finished_at = coalesce(finished_at, now()),
     failure = ''Somebody who may be in it was erased; ask for it again.''',
    'people.person_erasure e JOIN people.erasure_due d USING (tenant_id, person_id)
     JOIN audit.export_job x ON x.tenant_id = e.tenant_id
     WHERE e.tenant_id = $1 AND e.person_id = $2 AND x.created_at < coalesce(d.values_gone_at, e.erased_at)
       AND x.status IN (''RUNNING'', ''DONE'') AND coalesce(x.request #>> ''{rights,payload}'', ''true'') <> ''false'''),
  (true, 'DELETE FROM journal.idempotency_key', 'journal.idempotency_key x WHERE x.tenant_id = $1 AND x.actor = $2')
$$;

-- One batch of an erasure that has begun, around what others have locked: how many rows changed, 0 once it is complete, -1 while
-- what is left waits for somebody else. A step that fails keeps no other from being done, and is said once nothing else is left
-- to do. With the last step whoever has the person or their days in memory reads them again.
CREATE OR REPLACE FUNCTION retention.erase_rest(of_tenant uuid, of_person uuid, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  erased people.person_erasure;
  rest record;
  whose uuid;
  changed bigint;
  is_left boolean := false;
  any_left boolean := false;
  failed text;
BEGIN
  SELECT e.* INTO erased FROM people.person_erasure e JOIN people.person p USING (tenant_id, person_id)
    WHERE e.tenant_id = of_tenant AND e.person_id = of_person AND e.completed_at IS NULL AND p.last_name LIKE 'erased-%';
  IF NOT FOUND THEN
    DELETE FROM people.erasure_due d USING people.person_erasure e
      WHERE d.tenant_id = of_tenant AND d.person_id = of_person AND e.tenant_id = of_tenant AND e.person_id = of_person
        AND e.completed_at IS NOT NULL;
    RETURN CASE WHEN EXISTS (SELECT FROM people.erasure_due
      WHERE tenant_id = of_tenant AND person_id = of_person AND begun) THEN -1 ELSE 0 END;
  END IF;
  FOR rest IN SELECT * FROM retention.rest_of_person() LOOP
    whose := CASE WHEN rest.of_user THEN erased.user_id ELSE erased.person_id END;
    CONTINUE WHEN whose IS NULL;
    IF rest.change IS NOT NULL THEN
      BEGIN
        EXECUTE rest.change || ' WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM ' || rest.among
          || ' LIMIT $3 FOR UPDATE OF x SKIP LOCKED))' USING of_tenant, whose, most;
        GET DIAGNOSTICS changed = ROW_COUNT;
      EXCEPTION WHEN OTHERS THEN
        failed := coalesce(failed, SQLERRM);
        CONTINUE;
      END;
      IF changed > 0 THEN
        IF rest.change = 'DELETE FROM audit.personal_value' THEN
          UPDATE people.erasure_due SET values_gone_at = clock_timestamp() + interval '1 minute'
            WHERE tenant_id = of_tenant AND person_id = of_person;
        END IF;
        RETURN changed;
      END IF;
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || rest.among || ')' INTO is_left USING of_tenant, whose;
    any_left := any_left OR is_left;
  END LOOP;
  IF failed IS NOT NULL THEN
    RAISE EXCEPTION 'a step of the erasure failed: %', failed;
  END IF;
  IF any_left THEN
    RETURN -1;
  END IF;
  UPDATE journal.record_version SET version = version + 1
    WHERE tenant_id = of_tenant AND record_id = of_person AND aggregate IN ('timecard', 'person');
  UPDATE people.person_erasure SET completed_at = now() WHERE tenant_id = of_tenant AND person_id = of_person;
  DELETE FROM people.erasure_due WHERE tenant_id = of_tenant AND person_id = of_person;
  RETURN 0;
END $$;

-- Exports of those who are erased already.
UPDATE audit.export_job x SET status = 'FAILED', version = version + 1,
    failure = 'Somebody who may be in it was erased; ask for it again.'
  WHERE status = 'DONE' AND coalesce(request #>> '{rights,payload}', 'true') <> 'false'
    AND EXISTS (SELECT FROM people.person_erasure e
      WHERE e.tenant_id = x.tenant_id AND x.created_at < coalesce(e.completed_at, e.erased_at));
-- A folder's files are looked up by their names.
CREATE INDEX export_job_by_file ON audit.export_job (export_id);

-- Companies take turns: whoever was served last comes last.
CREATE INDEX export_job_served ON audit.export_job (tenant_id, finished_at DESC) WHERE finished_at IS NOT NULL;

-- However many requests come at once: of two the second waits, and then sees the first.
CREATE FUNCTION audit.limit_open_exports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.tenant_id::text || NEW.requested_by, 39));
  IF (SELECT count(*) FROM audit.export_job WHERE tenant_id = NEW.tenant_id AND requested_by = NEW.requested_by
        AND status IN ('QUEUED', 'RUNNING') AND export_id <> NEW.export_id) >= 3 THEN
    RAISE EXCEPTION 'violates guard "open_exports"' USING ERRCODE = '23514', CONSTRAINT = 'open_exports';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER limit_open_exports BEFORE INSERT ON audit.export_job
  FOR EACH ROW WHEN (NEW.version = 1) EXECUTE FUNCTION audit.limit_open_exports();
