-- What users sign in with beside the password. The secret is sealed with a key that is in a file, recovery codes are
-- hashes; a removed one keeps its row and neither.
CREATE TABLE security.second_factor (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  factor_id uuid NOT NULL,
  status text NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'REMOVED')),
  sealed_secret text NOT NULL CHECK ((sealed_secret = '') = (status = 'REMOVED')),
  recovery_hashes text[] NOT NULL,
  last_step bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT factor_user FOREIGN KEY (tenant_id, user_id) REFERENCES security.app_user
) WITH (fillfactor = 80);

-- The roles that may do everything may do this, too, where they were entered earlier.
UPDATE security.role SET version = version + 1, updated_at = now(), permission_keys = ARRAY(
  SELECT key FROM (SELECT DISTINCT unnest(permission_keys || ARRAY['security:second_factor:remove'])) AS k (key)
  ORDER BY key COLLATE "C")
WHERE permission_keys @> ARRAY['security:authority:any'];
