-- Services are records of their company: what each may do is said, they can be revoked, and have a second secret while
-- the first is being replaced.
ALTER TABLE security.service_client
  ADD COLUMN description text,
  -- Those that were here could do everything.
  ADD COLUMN scopes text[] NOT NULL
    DEFAULT ARRAY['security:audit_entry:record', 'security:authorization:decide', 'security:permission:register'],
  ADD COLUMN updated_at timestamptz,
  ADD COLUMN revoked_at timestamptz,
  ADD COLUMN version bigint NOT NULL DEFAULT 1 CHECK (version >= 1);
UPDATE security.service_client SET updated_at = created_at;
ALTER TABLE security.service_client
  ALTER COLUMN scopes DROP DEFAULT, ALTER COLUMN updated_at SET NOT NULL, ALTER COLUMN version DROP DEFAULT;

CREATE TABLE security.service_secret (
  tenant_id uuid NOT NULL,
  secret_id uuid NOT NULL,
  client_id uuid NOT NULL,
  secret_hash text NOT NULL CHECK (secret_hash LIKE '$argon2id$%'),
  created_at timestamptz NOT NULL,
  ends_at timestamptz,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, secret_id),
  CONSTRAINT secret_service FOREIGN KEY (tenant_id, client_id) REFERENCES security.service_client
);
CREATE INDEX secret_by_service ON security.service_secret (tenant_id, client_id, ends_at);
INSERT INTO security.service_secret
  SELECT tenant_id, gen_random_uuid(), client_id, secret_hash, created_at, NULL, 1 FROM security.service_client;

-- A name is free again when its service is gone for good.
ALTER TABLE security.service_client DROP COLUMN secret_hash, DROP CONSTRAINT client_name_taken;
CREATE UNIQUE INDEX service_name_taken ON security.service_client (tenant_id, name) WHERE revoked_at IS NULL;

-- Every node looks at services where it looks at roles and shops.
CREATE TRIGGER note_insert AFTER INSERT ON security.service_client REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();
CREATE TRIGGER note_update AFTER UPDATE ON security.service_client REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();
CREATE TRIGGER note_insert AFTER INSERT ON security.service_secret REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();
CREATE TRIGGER note_update AFTER UPDATE ON security.service_secret REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();

-- The roles that may do everything may do this, too, where they were entered earlier.
UPDATE security.role SET version = version + 1, updated_at = now(), permission_keys = ARRAY(
  SELECT key FROM (SELECT DISTINCT unnest(permission_keys || ARRAY['security:service:view', 'security:service:manage',
    'security:audit_entry:record'])) AS k (key) ORDER BY key COLLATE "C")
WHERE permission_keys @> ARRAY['security:authority:any'];
