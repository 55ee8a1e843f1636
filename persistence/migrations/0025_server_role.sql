-- The server runs under a role of its own, which owns nothing (persistence/server_role.cpp). What takes an owner it does
-- through functions that let it do just that.

-- Whoever may execute a function is said, not assumed.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;

CREATE FUNCTION audit.make_coming_partitions() RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT audit.make_partitions((now() AT TIME ZONE 'UTC')::date, 4)
$$;

ALTER FUNCTION security.register_own_permissions(text[]) SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
