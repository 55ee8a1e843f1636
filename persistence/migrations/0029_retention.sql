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
