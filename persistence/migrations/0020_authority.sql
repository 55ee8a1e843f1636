-- A company must keep somebody who can manage users, and one whose right has no end: disabling, ending or shortening an
-- assignment, and what a role loses are asked alike. The check looks at what is so after the change.
ALTER TABLE security.admin_departure
  ALTER COLUMN user_id DROP NOT NULL, ADD COLUMN role_id uuid, ADD COLUMN lasting boolean NOT NULL DEFAULT false;

DROP FUNCTION security.has_user_manager(uuid, uuid, text);
CREATE FUNCTION security.has_user_manager(wanted_tenant uuid, but_for uuid, permission text, lasting boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM security.role r
    JOIN people.role_assignment a ON a.tenant_id = r.tenant_id AND a.role_id = r.role_id AND a.scope_type = 'GLOBAL'
      AND a.effective_start_date <= now()
      AND (a.effective_end_date IS NULL OR (NOT lasting AND a.effective_end_date > now()))
    JOIN security.app_user u ON u.tenant_id = a.tenant_id AND u.user_id = a.user_id AND u.status = 'ACTIVE'
    WHERE r.tenant_id = wanted_tenant AND r.permission_keys @> ARRAY[permission] AND 'GLOBAL' = ANY (r.allowed_scopes)
      AND u.user_id IS DISTINCT FROM but_for)
$$;
CREATE OR REPLACE FUNCTION security.keep_a_user_manager() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('last_admin' || NEW.tenant_id, 0));
  IF NOT security.has_user_manager(NEW.tenant_id, NEW.user_id, NEW.permission_key, NEW.lasting) THEN
    RAISE EXCEPTION 'violates check constraint "last_admin"' USING ERRCODE = 'check_violation', CONSTRAINT = 'last_admin';
  END IF;
  RETURN NULL;
END $$;

-- The roles that may do everything are bound by nothing (security:authority:any), also where they were entered earlier.
UPDATE security.role SET permission_keys = ARRAY(SELECT unnest(permission_keys || 'security:authority:any'::text) ORDER BY 1),
  version = version + 1, updated_at = now()
WHERE role_name IN ('OWNER', 'GLOBAL_ADMIN') AND allowed_scopes::text[] = ARRAY['GLOBAL']
  AND NOT permission_keys @> ARRAY['security:authority:any'];
