-- This server's own permissions, which every company has. A start enters only those that are new here, so it costs the
-- same with one company as with a thousand; a new company gets all of them when it is entered.
CREATE TABLE security.own_permission (
  permission_key text PRIMARY KEY
);

CREATE FUNCTION security.enter_own_permissions(tenants uuid[], keys text[]) RETURNS void LANGUAGE sql AS $$
  -- "people:role_assignment:create" → "create role assignment (people)".
  INSERT INTO security.permission
    (tenant_id, permission_key, description, service_name, service_version, created_at, updated_at, version)
  SELECT t.tenant_id, k.key, replace(format('%s %s (%s)', split_part(k.key, ':', 3), split_part(k.key, ':', 2),
    split_part(k.key, ':', 1)), '_', ' '), 'musterd', '1', now(), now(), 1
  FROM unnest(tenants) AS t (tenant_id), unnest(keys) AS k (key)
  ON CONFLICT DO NOTHING
$$;

-- The locks keep a company and a key that are entered at the same time from missing each other: whoever comes second
-- waits, and its next statement sees what the first has done.
CREATE FUNCTION security.register_own_permissions(keys text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  fresh text[];
BEGIN
  IF keys <@ (SELECT array_agg(permission_key) FROM security.own_permission) THEN
    RETURN;
  END IF;
  LOCK TABLE security.own_permission IN SHARE ROW EXCLUSIVE MODE;
  WITH entered AS (
    INSERT INTO security.own_permission SELECT unnest(keys) ON CONFLICT DO NOTHING RETURNING permission_key)
  SELECT array_agg(permission_key) INTO fresh FROM entered;
  PERFORM security.enter_own_permissions((SELECT array_agg(tenant_id) FROM people.tenant), fresh);
END $$;

CREATE FUNCTION security.enter_all_own_permissions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE security.own_permission IN SHARE MODE;
  PERFORM security.enter_own_permissions(
    (SELECT array_agg(tenant_id) FROM entered), (SELECT array_agg(permission_key) FROM security.own_permission));
  RETURN NULL;
END $$;

CREATE TRIGGER own_permissions AFTER INSERT ON people.tenant REFERENCING NEW TABLE AS entered
  FOR EACH STATEMENT EXECUTE FUNCTION security.enter_all_own_permissions();
