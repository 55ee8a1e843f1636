-- People, users, roles, who holds which role where, and sign-ins. Columns are the members of domain/person/records.hpp
-- and domain/role_catalog.hpp.
CREATE TABLE people.person (
  tenant_id uuid NOT NULL REFERENCES people.tenant,
  person_id uuid NOT NULL,
  first_name text NOT NULL,
  last_name text NOT NULL,
  primary_email text,
  status text NOT NULL CHECK (status IN ('ACTIVE', 'DISABLED', 'TERMINATED')),
  status_effective_at timestamptz NOT NULL,
  status_reason_code text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, person_id)
);

CREATE TABLE security.app_user (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  person_id uuid NOT NULL,
  username text NOT NULL CHECK (username <> ''),
  email text,
  subject text,
  status text NOT NULL CHECK (status IN ('ACTIVE', 'DISABLED', 'TERMINATED')),
  status_effective_at timestamptz NOT NULL,
  status_reason_code text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT user_person FOREIGN KEY (tenant_id, person_id) REFERENCES people.person,
  -- Story 91: a person has at most one user.
  CONSTRAINT person_already_linked UNIQUE (tenant_id, person_id)
);
-- Story 91: the username is the identity key, whatever its case.
CREATE UNIQUE INDEX username_taken ON security.app_user (tenant_id, lower(username));
CREATE UNIQUE INDEX subject_taken ON security.app_user (tenant_id, subject) WHERE subject IS NOT NULL;

-- Apart from the user, so that no query for users can show it.
CREATE TABLE security.user_credential (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  changed_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT credential_user FOREIGN KEY (tenant_id, user_id) REFERENCES security.app_user
);

CREATE TABLE security.role (
  tenant_id uuid NOT NULL REFERENCES people.tenant,
  role_id uuid NOT NULL,
  role_name text NOT NULL CHECK (trim(role_name) <> ''),
  description text,
  allowed_scopes text[] NOT NULL CHECK (
    cardinality(allowed_scopes) > 0 AND allowed_scopes <@ ARRAY['GLOBAL', 'LOCATION']),
  -- What it grants; deny by default.
  permission_keys text[] NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, role_id)
);
-- "Shop  manager" and "shop MANAGER " are one name.
CREATE UNIQUE INDEX role_name_taken ON security.role (
  tenant_id, lower(regexp_replace(trim(role_name), '\s+', ' ', 'g')));

-- What services can be asked about (Guide: keys are code-first and never change their meaning). Ours are here too.
CREATE TABLE security.permission (
  tenant_id uuid NOT NULL REFERENCES people.tenant,
  permission_key text NOT NULL CHECK (permission_key ~ '^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*){2}$'),
  description text NOT NULL,
  service_name text NOT NULL,
  service_version text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, permission_key)
);

-- Who may call /internal: other services, with a token of the internal audience.
CREATE TABLE security.service_client (
  tenant_id uuid NOT NULL REFERENCES people.tenant,
  client_id uuid NOT NULL,
  name text NOT NULL,
  secret_hash text NOT NULL CHECK (secret_hash LIKE '$argon2id$%'),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, client_id),
  CONSTRAINT client_name_taken UNIQUE (tenant_id, name)
);

CREATE TABLE people.role_assignment (
  tenant_id uuid NOT NULL,
  assignment_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role_id uuid NOT NULL,
  scope_type text NOT NULL CHECK (scope_type IN ('GLOBAL', 'LOCATION')),
  location_id uuid,
  effective_start_date timestamptz NOT NULL,
  effective_end_date timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  changed_by uuid NOT NULL,
  reason_code text,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, assignment_id),
  CONSTRAINT assignment_user FOREIGN KEY (tenant_id, user_id) REFERENCES security.app_user,
  CONSTRAINT assignment_role FOREIGN KEY (tenant_id, role_id) REFERENCES security.role,
  CONSTRAINT assignment_location FOREIGN KEY (tenant_id, location_id) REFERENCES people.location,
  -- Story 89, BR3 and BR4.
  CONSTRAINT assignment_scope CHECK ((scope_type = 'LOCATION') = (location_id IS NOT NULL)),
  -- Half-open; an empty window is allowed.
  CONSTRAINT assignment_ends_after_start CHECK (effective_end_date >= effective_start_date)
);
CREATE INDEX assignment_by_user ON people.role_assignment (tenant_id, user_id);

-- Story 89, BR6 and BR9: whom, what and where never change, and nothing is deleted. A purge disables the trigger.
CREATE FUNCTION people.keep_role_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (NEW.user_id, NEW.role_id, NEW.scope_type) <> (OLD.user_id, OLD.role_id, OLD.scope_type)
     OR NEW.location_id IS DISTINCT FROM OLD.location_id THEN
    RAISE EXCEPTION 'violates check constraint "assignment_is_immutable"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_is_immutable';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_role_assignment BEFORE UPDATE OR DELETE ON people.role_assignment
  FOR EACH ROW EXECUTE FUNCTION people.keep_role_assignment();

-- One sign-in and the refresh tokens that follow from it; of the secret only a hash.
CREATE TABLE security.refresh_token_family (
  tenant_id uuid NOT NULL,
  family_id uuid NOT NULL,
  user_id uuid NOT NULL,
  secret_hash text NOT NULL CHECK (length(secret_hash) = 64),
  generation bigint NOT NULL CHECK (generation >= 1),
  created_at timestamptz NOT NULL,
  rotated_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoke_reason text,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, family_id),
  CONSTRAINT family_user FOREIGN KEY (tenant_id, user_id) REFERENCES security.app_user,
  CONSTRAINT family_revoked_with_reason CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX live_family_by_user ON security.refresh_token_family (tenant_id, user_id) WHERE revoked_at IS NULL;

-- Story 91: who is behind a user, as the people side knows it. Written by the consumer of UserProvisioned.
CREATE TABLE people.user_person_link (
  tenant_id uuid NOT NULL,
  user_id uuid NOT NULL,
  person_id uuid NOT NULL,
  event_id uuid,
  linked_at timestamptz NOT NULL,
  CONSTRAINT user_linked_once PRIMARY KEY (tenant_id, user_id),
  CONSTRAINT person_linked_once UNIQUE (tenant_id, person_id),
  CONSTRAINT link_user FOREIGN KEY (tenant_id, user_id) REFERENCES security.app_user,
  CONSTRAINT link_person FOREIGN KEY (tenant_id, person_id) REFERENCES people.person
);
CREATE INDEX person_by_name ON people.person (tenant_id, last_name, first_name, person_id);
CREATE INDEX assignment_by_location ON people.role_assignment (tenant_id, location_id) WHERE location_id IS NOT NULL;
CREATE INDEX assignment_by_role ON people.role_assignment (tenant_id, role_id);
