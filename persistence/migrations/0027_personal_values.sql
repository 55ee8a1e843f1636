-- What entries of the trail say of people, beside them: the entry has a salted digest of each value, so that the value
-- can be erased and the chain stays whole (docs/decisions/0041). Columns are the members of domain/audit_personal.hpp.
CREATE TABLE audit.personal_value (
  tenant_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  field text NOT NULL,
  owner_id uuid NOT NULL,
  salt text NOT NULL,
  value text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, entry_id, field)
);
CREATE INDEX personal_value_by_owner ON audit.personal_value (tenant_id, owner_id);
-- From where requests came is kept for a while only, where a company says so.
CREATE INDEX origin_by_time ON audit.personal_value (recorded_at) WHERE field IN ('clientAddress', 'userAgent');

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.personal_value
  FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Only of those who are erased, and what is purged by its age.
CREATE FUNCTION audit.keep_personal_value() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.field IN ('clientAddress', 'userAgent') AND current_setting('musterd.purges', true) = 'origins' THEN
    RETURN OLD;
  END IF;
  IF NOT EXISTS (SELECT FROM people.person_erasure WHERE tenant_id = OLD.tenant_id AND person_id = OLD.owner_id)
     AND NOT EXISTS (SELECT FROM people.person_erasure WHERE tenant_id = OLD.tenant_id AND user_id = OLD.owner_id) THEN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER keep_personal_value BEFORE DELETE ON audit.personal_value
  FOR EACH ROW EXECUTE FUNCTION audit.keep_personal_value();
CREATE INDEX erasure_by_user ON people.person_erasure (tenant_id, user_id);
