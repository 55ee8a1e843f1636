-- What is kept for a while only goes through these functions: the server's role cannot delete these rows otherwise, and
-- nobody forgets anything within a day. Each takes the oldest, `most` rows at a time, around what others (another node's
-- purge among them) have locked, and gives how many went.
CREATE SCHEMA retention;

CREATE FUNCTION retention.limit_of(kept_hours integer) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF kept_hours < 24 THEN
    RAISE EXCEPTION 'nothing is forgotten within a day' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN now() - make_interval(hours => kept_hours);
END $$;

CREATE FUNCTION retention.forget_oldest(of_table regclass, by_time name, kept_hours integer, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  gone bigint;
BEGIN
  EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
    'SELECT ctid FROM %1$s WHERE %2$I < $1 ORDER BY %2$I LIMIT $2 FOR UPDATE SKIP LOCKED))', of_table, by_time)
    USING retention.limit_of(kept_hours), most;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

-- Stored answers are repeated for 24 hours (DECISIONS, section 1).
CREATE FUNCTION retention.idempotency_keys(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('journal.idempotency_key', 'created_at', kept_hours, most)
$$;

CREATE FUNCTION retention.inbox(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('messaging.inbox', 'processed_at', kept_hours, most)
$$;

-- Counted from when they would have ended by themselves, revoked or not.
CREATE FUNCTION retention.sign_ins(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('security.refresh_token_family', 'expires_at', kept_hours, most)
$$;

CREATE FUNCTION retention.alerts(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('messaging.alert', 'raised_at', kept_hours, most)
$$;

-- Only those that somebody decided about.
CREATE FUNCTION retention.dead_letters(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    SELECT d.id FROM messaging.dead_letter_action a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.acted_at < retention.limit_of(kept_hours)
      AND NOT EXISTS (SELECT FROM messaging.outbox_held h WHERE h.dead_letter_id = d.id)
    ORDER BY a.acted_at LIMIT most FOR UPDATE OF d SKIP LOCKED),
  actions AS (DELETE FROM messaging.dead_letter_action WHERE dead_letter_id IN (SELECT id FROM gone)),
  letters AS (DELETE FROM messaging.dead_letter WHERE id IN (SELECT id FROM gone) RETURNING 1)
  SELECT count(*) FROM letters
$$;

CREATE FUNCTION retention.replay_items(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (DELETE FROM messaging.dead_letter_replay_item WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM messaging.dead_letter_replay r JOIN messaging.dead_letter_replay_item i USING (replay_id)
    WHERE r.finished_at < retention.limit_of(kept_hours) LIMIT most FOR UPDATE OF i SKIP LOCKED)) RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- After their items.
CREATE FUNCTION retention.replays(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (DELETE FROM messaging.dead_letter_replay WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM messaging.dead_letter_replay r WHERE finished_at < retention.limit_of(kept_hours)
      AND NOT EXISTS (SELECT FROM messaging.dead_letter_replay_item i WHERE i.replay_id = r.replay_id)
    ORDER BY finished_at LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- With their commands, history and version (offboarding_aggregate), some twenty rows each.
CREATE FUNCTION retention.offboarding_cases(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    SELECT tenant_id, case_id FROM people.offboarding_case
    WHERE closed_at < retention.limit_of(kept_hours)
    ORDER BY closed_at LIMIT (most + 19) / 20 FOR UPDATE SKIP LOCKED),
  history AS (DELETE FROM people.offboarding_history h USING gone g
              WHERE h.tenant_id = g.tenant_id AND h.case_id = g.case_id),
  commands AS (DELETE FROM people.offboarding_command c USING gone g
               WHERE c.tenant_id = g.tenant_id AND c.case_id = g.case_id),
  versions AS (DELETE FROM journal.record_version v USING gone g
               WHERE v.tenant_id = g.tenant_id AND v.record_id = g.case_id AND v.aggregate = 'offboarding'),
  cases AS (DELETE FROM people.offboarding_case c USING gone g
            WHERE c.tenant_id = g.tenant_id AND c.case_id = g.case_id RETURNING 1)
  SELECT count(*) FROM cases
$$;

CREATE FUNCTION retention.admin_departures(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('security.admin_departure', 'departed_at', kept_hours, most)
$$;

-- Their files go by their own age (audit_exporter).
CREATE FUNCTION retention.exports(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('audit.export_job', 'finished_at', kept_hours, most)
$$;

-- Public ones that verify nothing any more.
CREATE FUNCTION retention.signing_keys(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT retention.forget_oldest('security.signing_key', 'verifies_until', kept_hours, most)
$$;

-- Days with their sessions and breaks, some ten rows each.
CREATE FUNCTION retention.timecards(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    SELECT tenant_id, id FROM people.timecard
    WHERE work_date < retention.limit_of(kept_hours)::date AND status = 'CLOSED'
    ORDER BY work_date LIMIT (most + 9) / 10 FOR UPDATE SKIP LOCKED),
  breaks AS (DELETE FROM people.break_record b USING gone g
             WHERE b.tenant_id = g.tenant_id AND b.timecard_id = g.id),
  sessions AS (DELETE FROM people.clock_session s USING gone g
               WHERE s.tenant_id = g.tenant_id AND s.timecard_id = g.id),
  cards AS (DELETE FROM people.timecard t USING gone g
            WHERE t.tenant_id = g.tenant_id AND t.id = g.id RETURNING 1)
  SELECT count(*) FROM cards
$$;

-- What was worked is history to everybody else.
CREATE FUNCTION retention.job_timers(kept_hours integer, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM workexec.job_timer WHERE (SELECT set_config('musterd.purges', 'job_timers', true)) IS NOT NULL
      AND ctid = ANY (ARRAY(
        SELECT ctid FROM workexec.job_timer WHERE end_time < retention.limit_of(kept_hours)
        ORDER BY end_time LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- From where requests came, beside the trail.
CREATE FUNCTION retention.origins(of_tenant uuid, before timestamptz, most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM audit.personal_value WHERE (SELECT set_config('musterd.purges', 'origins', true)) IS NOT NULL
      AND ctid = ANY (ARRAY(
        SELECT ctid FROM audit.personal_value
        WHERE field IN ('clientAddress', 'userAgent') AND tenant_id = of_tenant
          AND recorded_at < least(before, retention.limit_of(24))
        ORDER BY recorded_at LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- What is left of somebody whose name is gone: rows `x`, of the tenant $1 and the person or user $2, and what is done to
-- them. An accepted risk keeps that it was justified.
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
  (true, 'DELETE FROM security.refresh_token_family',
    'security.refresh_token_family x WHERE x.tenant_id = $1 AND x.user_id = $2'),
  (false, 'DELETE FROM audit.personal_value', 'audit.personal_value x WHERE x.tenant_id = $1 AND x.owner_id = $2'),
  (true, 'DELETE FROM audit.personal_value', 'audit.personal_value x WHERE x.tenant_id = $1 AND x.owner_id = $2'),
  (true, 'DELETE FROM journal.idempotency_key', 'journal.idempotency_key x WHERE x.tenant_id = $1 AND x.actor = $2')
$$;

-- One batch of an erasure that has begun, around what others have locked; gives how many rows changed. Once nothing is left
-- the erasure is complete, and whoever has the person's days in memory reads them again.
CREATE FUNCTION retention.erase_rest(of_tenant uuid, of_person uuid, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  erased people.person_erasure;
  rest record;
  whose uuid;
  changed bigint;
  is_left boolean := false;
  any_left boolean := false;
BEGIN
  SELECT e.* INTO erased FROM people.person_erasure e JOIN people.person p USING (tenant_id, person_id)
    WHERE e.tenant_id = of_tenant AND e.person_id = of_person AND e.completed_at IS NULL AND p.last_name LIKE 'erased-%';
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  FOR rest IN SELECT * FROM retention.rest_of_person() LOOP
    whose := CASE WHEN rest.of_user THEN erased.user_id ELSE erased.person_id END;
    CONTINUE WHEN whose IS NULL;
    EXECUTE rest.change || ' WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM ' || rest.among
      || ' LIMIT $3 FOR UPDATE OF x SKIP LOCKED))' USING of_tenant, whose, most;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed > 0 THEN
      RETURN changed;
    END IF;
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || rest.among || ')' INTO is_left USING of_tenant, whose;
    any_left := any_left OR is_left;
  END LOOP;
  IF NOT any_left THEN
    UPDATE journal.record_version SET version = version + 1
      WHERE tenant_id = of_tenant AND record_id = of_person AND aggregate = 'timecard';
    UPDATE people.person_erasure SET completed_at = now() WHERE tenant_id = of_tenant AND person_id = of_person;
  END IF;
  RETURN 0;
END $$;
