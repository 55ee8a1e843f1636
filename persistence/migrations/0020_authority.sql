-- A company must keep somebody who can manage users, and somebody who may give everything, for as long as whoever could
-- before: disabling, ending or shortening an assignment, and what a role loses are asked alike. The check looks at what is so
-- after the change. NULL in lost_until: what is lost had no end.
ALTER TABLE security.admin_departure
  ALTER COLUMN user_id DROP NOT NULL, ADD COLUMN role_id uuid, ADD COLUMN lost_until timestamptz;

-- Somebody but `but_for` holds the permission everywhere at that instant, and until then without a gap. `assignable`: by a
-- role that can still be assigned so.
CREATE FUNCTION security.somebody_holds(wanted_tenant uuid, but_for uuid, permission text, at timestamptz,
                                        until timestamptz, assignable boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM security.role r
    JOIN people.role_assignment a ON a.tenant_id = r.tenant_id AND a.role_id = r.role_id AND a.scope_type = 'GLOBAL'
      AND a.effective_start_date <= at
      AND (a.effective_end_date IS NULL OR (a.effective_end_date >= until AND a.effective_end_date > at))
    JOIN security.app_user u ON u.tenant_id = a.tenant_id AND u.user_id = a.user_id AND u.status = 'ACTIVE'
    WHERE r.tenant_id = wanted_tenant AND r.permission_keys @> ARRAY[permission]
      AND (NOT assignable OR 'GLOBAL' = ANY (r.allowed_scopes)) AND u.user_id IS DISTINCT FROM but_for)
$$;
CREATE OR REPLACE FUNCTION security.keep_a_user_manager() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rule text := CASE NEW.permission_key WHEN 'security:authority:any' THEN 'last_owner' ELSE 'last_admin' END;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('last_admin' || NEW.tenant_id, 0));
  IF NOT security.somebody_holds(NEW.tenant_id, NEW.user_id, NEW.permission_key, NEW.departed_at, NEW.lost_until,
                                 NEW.role_id IS NOT NULL) THEN
    RAISE EXCEPTION 'violates check constraint "%"', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
  END IF;
  RETURN NULL;
END $$;
DROP FUNCTION security.has_user_manager(uuid, uuid, text);

-- The roles that may do everything are bound by nothing (security:authority:any), also where they were entered earlier; not
-- those from which anything was taken.
UPDATE security.role
SET permission_keys = ARRAY(SELECT k FROM unnest(permission_keys || 'security:authority:any'::text) k ORDER BY k COLLATE "C"),
  version = version + 1, updated_at = now()
WHERE role_name IN ('OWNER', 'GLOBAL_ADMIN') AND allowed_scopes = ARRAY['GLOBAL']
  AND NOT permission_keys @> ARRAY['security:authority:any']
  AND permission_keys @> (SELECT array_agg(DISTINCT permission_key) FROM security.permission p
    WHERE p.tenant_id = role.tenant_id AND p.service_name = 'musterd' AND p.permission_key <> 'security:authority:any');
