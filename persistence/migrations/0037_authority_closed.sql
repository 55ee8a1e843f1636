-- Who holds which role everywhere, and when, after `since`: who can sign in at all. Somebody without a password or a subject of
-- an issuer is nobody who is left.
CREATE FUNCTION security.holders_everywhere(wanted_tenant uuid, since timestamptz)
RETURNS TABLE (user_id uuid, role_id uuid, held tstzrange)
LANGUAGE sql STABLE AS $$
  SELECT a.user_id, a.role_id, tstzrange(greatest(a.effective_start_date, since), a.effective_end_date)
  FROM people.role_assignment a
  JOIN security.app_user u ON u.tenant_id = a.tenant_id AND u.user_id = a.user_id AND u.status = 'ACTIVE'
  WHERE a.tenant_id = wanted_tenant AND a.scope_type = 'GLOBAL'
    AND (a.effective_end_date IS NULL OR a.effective_end_date > greatest(a.effective_start_date, since))
    AND (u.subject IS NOT NULL
      OR EXISTS (SELECT FROM security.user_credential c WHERE c.tenant_id = a.tenant_id AND c.user_id = a.user_id))
$$;

-- All the time that is lost has to be somebody else's, whoever they are one after the other. What a role no longer gives is
-- lost for as long as it is held, and needs others who hold it by a role that can still be assigned everywhere.
CREATE OR REPLACE FUNCTION security.keep_a_user_manager() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rule text := CASE NEW.permission_key WHEN 'security:authority:any' THEN 'last_owner' ELSE 'last_admin' END;
  lost tstzmultirange := tstzmultirange(tstzrange(NEW.departed_at, NEW.lost_until));
  kept tstzmultirange;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('last_admin' || NEW.tenant_id, 0));
  IF NEW.role_id IS NOT NULL THEN
    SELECT coalesce(range_agg(h.held), '{}') INTO lost
    FROM security.holders_everywhere(NEW.tenant_id, NEW.departed_at) h WHERE h.role_id = NEW.role_id;
  END IF;
  SELECT coalesce(range_agg(h.held), '{}') INTO kept
  FROM security.holders_everywhere(NEW.tenant_id, NEW.departed_at) h
  JOIN security.role r ON r.tenant_id = NEW.tenant_id AND r.role_id = h.role_id
    AND r.permission_keys @> ARRAY[NEW.permission_key]
  WHERE h.user_id IS DISTINCT FROM NEW.user_id AND (NEW.role_id IS NULL OR 'GLOBAL' = ANY (r.allowed_scopes));
  IF NOT kept @> lost THEN
    RAISE EXCEPTION 'violates check constraint "%"', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
  END IF;
  RETURN NULL;
END $$;
DROP FUNCTION security.somebody_holds(uuid, uuid, text, timestamptz, timestamptz, boolean);

-- The version of a company that commits name when they were decided by its roles: a row to lock, from its beginning.
INSERT INTO journal.record_version (tenant_id, aggregate, record_id, version)
  SELECT tenant_id, 'company', tenant_id, 1 FROM people.tenant ON CONFLICT DO NOTHING;
CREATE FUNCTION journal.begin_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO journal.record_version (tenant_id, aggregate, record_id, version)
    SELECT tenant_id, 'company', tenant_id, 1 FROM entered ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER record_version AFTER INSERT ON people.tenant REFERENCING NEW TABLE AS entered
  FOR EACH STATEMENT EXECUTE FUNCTION journal.begin_company();

CREATE OR REPLACE FUNCTION journal.expect_rows(written bigint, expected bigint, table_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  guard text := CASE table_name WHEN 'journal.record_version' THEN 'record_changed'
    WHEN 'journal.record_version compared' THEN 'company_changed' ELSE 'version_conflict' END;
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'violates version guard "%" on %: % of % rows written', guard, table_name, written, expected
      USING ERRCODE = 'MU001', CONSTRAINT = guard;
  END IF;
END $$;
