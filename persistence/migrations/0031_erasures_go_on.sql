-- One person whom something fails for, or waits for, keeps no other from being erased: each has a next time of their own,
-- further away after every attempt (docs/decisions/0047).

-- Everybody who has left and is not erased, or not completely. Beside people.person and people.person_erasure: nodes of the
-- version before read those as they know them. A first attempt is due so many days after due_at as is configured.
CREATE TABLE people.erasure_due (
  tenant_id uuid NOT NULL,
  person_id uuid NOT NULL,
  begun boolean NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, person_id)
) WITH (fillfactor = 80);
CREATE INDEX erasure_due_begun ON people.erasure_due (due_at) WHERE begun;
CREATE INDEX erasure_due_first ON people.erasure_due (due_at) WHERE NOT begun AND attempts = 0;
CREATE INDEX erasure_due_again ON people.erasure_due (due_at) WHERE NOT begun AND attempts > 0;
-- Few: whom an operator should look at.
CREATE INDEX erasure_due_stuck ON people.erasure_due (attempts) WHERE attempts >= 8;

INSERT INTO people.erasure_due (tenant_id, person_id, begun, due_at)
  SELECT tenant_id, person_id, false, status_effective_at FROM people.person
  WHERE status = 'TERMINATED' AND last_name NOT LIKE 'erased-%'
  UNION ALL
  SELECT tenant_id, person_id, true, now() FROM people.person_erasure WHERE completed_at IS NULL;

CREATE FUNCTION people.note_leaver() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO people.erasure_due AS d (tenant_id, person_id, begun, due_at)
    VALUES (NEW.tenant_id, NEW.person_id, false, NEW.status_effective_at)
    ON CONFLICT (tenant_id, person_id) DO UPDATE SET due_at = excluded.due_at WHERE NOT d.begun AND d.attempts = 0;
  RETURN NULL;
END $$;
CREATE TRIGGER note_leaver AFTER INSERT OR UPDATE OF status, status_effective_at ON people.person FOR EACH ROW
  WHEN (NEW.status = 'TERMINATED' AND NEW.last_name NOT LIKE 'erased-%') EXECUTE FUNCTION people.note_leaver();

CREATE FUNCTION people.note_begun_erasure() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO people.erasure_due (tenant_id, person_id, begun, due_at)
    VALUES (NEW.tenant_id, NEW.person_id, true, now())
    ON CONFLICT (tenant_id, person_id) DO UPDATE SET begun = true, attempts = 0, due_at = excluded.due_at;
  RETURN NULL;
END $$;
CREATE TRIGGER note_begun AFTER INSERT ON people.person_erasure
  FOR EACH ROW WHEN (NEW.completed_at IS NULL) EXECUTE FUNCTION people.note_begun_erasure();

-- From seconds to a day.
CREATE FUNCTION retention.later(attempts integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT now() + least(interval '1 day', interval '2 seconds' * power(2, least(attempts, 16)))
$$;

-- Letters about somebody are found by the person, the user or the case they are about.
CREATE INDEX dead_letter_about ON messaging.dead_letter (tenant_id, entity_key);

-- What is left of somebody whose name is gone: rows `x`, of the tenant $1 and the person or user $2, and what is done to
-- them; nothing where somebody else has to act first, and the erasure waits. An accepted risk keeps that it was justified, a
-- letter that there was one.
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
  (false, NULL, 'messaging.dead_letter x WHERE x.tenant_id = $1 AND x.entity_key = $2 AND x.state = ''OPEN'''),
  (true, NULL, 'messaging.dead_letter x WHERE x.tenant_id = $1 AND x.entity_key = $2 AND x.state = ''OPEN'''),
  (false, NULL, 'messaging.outbox_held x WHERE x.tenant_id = $1 AND x.entity_key = $2'),
  (true, NULL, 'messaging.outbox_held x WHERE x.tenant_id = $1 AND x.entity_key = $2'),
  (true, 'DELETE FROM security.refresh_token_family',
    'security.refresh_token_family x WHERE x.tenant_id = $1 AND x.user_id = $2'),
  (false, 'DELETE FROM audit.personal_value', 'audit.personal_value x WHERE x.tenant_id = $1 AND x.owner_id = $2'),
  (true, 'DELETE FROM audit.personal_value', 'audit.personal_value x WHERE x.tenant_id = $1 AND x.owner_id = $2'),
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
