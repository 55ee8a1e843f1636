-- Whoever may give everything needs the permissions to do it, and a password: a subject says nothing about whether any issuer
-- knows it, and one that does may be gone tomorrow. Before this version a departure named one key.
ALTER TABLE security.admin_departure ADD COLUMN needed_keys text[] NOT NULL DEFAULT '{}';

CREATE OR REPLACE FUNCTION security.holders_everywhere(wanted_tenant uuid, since timestamptz)
RETURNS TABLE (user_id uuid, role_id uuid, held tstzrange)
LANGUAGE sql STABLE AS $$
  SELECT a.user_id, a.role_id, tstzrange(greatest(a.effective_start_date, since), a.effective_end_date)
  FROM people.role_assignment a
  JOIN security.app_user u ON u.tenant_id = a.tenant_id AND u.user_id = a.user_id AND u.status = 'ACTIVE'
  WHERE a.tenant_id = wanted_tenant AND a.scope_type = 'GLOBAL'
    AND (a.effective_end_date IS NULL OR a.effective_end_date > greatest(a.effective_start_date, since))
    AND EXISTS (SELECT FROM security.user_credential c WHERE c.tenant_id = a.tenant_id AND c.user_id = a.user_id)
$$;

-- Who holds all of these permissions everywhere at the same time, and when, after `since`; `assignable`: by roles that can still
-- be assigned everywhere.
CREATE FUNCTION security.holders_of_all(wanted_tenant uuid, since timestamptz, keys text[], assignable boolean)
RETURNS TABLE (user_id uuid, held tstzmultirange)
LANGUAGE sql STABLE AS $$
  SELECT per_key.user_id, range_intersect_agg(per_key.held)
  FROM (SELECT h.user_id, k.key, range_agg(h.held) AS held
        FROM security.holders_everywhere(wanted_tenant, since) h
        JOIN security.role r ON r.tenant_id = wanted_tenant AND r.role_id = h.role_id
          AND (NOT assignable OR 'GLOBAL' = ANY (r.allowed_scopes))
        JOIN unnest(keys) AS k (key) ON r.permission_keys @> ARRAY[k.key]
        GROUP BY h.user_id, k.key) per_key
  GROUP BY per_key.user_id HAVING count(*) = cardinality(keys)
$$;

CREATE OR REPLACE FUNCTION security.keep_a_user_manager() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rule text := CASE NEW.permission_key WHEN 'security:authority:any' THEN 'last_owner' ELSE 'last_admin' END;
  needed text[] := coalesce(nullif(NEW.needed_keys, '{}'), ARRAY[NEW.permission_key]);
  lost tstzmultirange := tstzmultirange(tstzrange(NEW.departed_at, NEW.lost_until));
  kept tstzmultirange;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('last_admin' || NEW.tenant_id, 0));
  IF NEW.role_id IS NOT NULL THEN
    SELECT coalesce(range_agg(h.held), '{}') INTO lost
    FROM security.holders_everywhere(NEW.tenant_id, NEW.departed_at) h WHERE h.role_id = NEW.role_id;
  END IF;
  SELECT coalesce(range_agg(h.held), '{}') INTO kept
  FROM security.holders_of_all(NEW.tenant_id, NEW.departed_at, needed, NEW.role_id IS NOT NULL) h
  WHERE h.user_id IS DISTINCT FROM NEW.user_id;
  IF NOT kept @> lost THEN
    RAISE EXCEPTION 'violates check constraint "%"', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
  END IF;
  RETURN NULL;
END $$;
