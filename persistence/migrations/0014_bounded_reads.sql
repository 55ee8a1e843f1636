-- What is read often is read in amounts that do not grow with history.

-- Which company's shops and roles were changed last, by whom ever: nodes look here for what others did. A transaction
-- that is still under way has an id that is not below what the reader's snapshot knows as the oldest, so whoever reads
-- from there on the next time misses nothing.
CREATE TABLE people.company_change (
  tenant_id uuid PRIMARY KEY,
  version bigint NOT NULL,
  changed_in xid8 NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX company_change_newest ON people.company_change (changed_in);

CREATE FUNCTION people.note_company_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO people.company_change AS c (tenant_id, version, changed_in)
    SELECT DISTINCT tenant_id, 1, pg_current_xact_id() FROM changed ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET version = c.version + 1, changed_in = excluded.changed_in;
  RETURN NULL;
END $$;
CREATE TRIGGER note_insert AFTER INSERT ON people.location REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();
CREATE TRIGGER note_update AFTER UPDATE ON people.location REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();
CREATE TRIGGER note_insert AFTER INSERT ON security.role REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();
CREATE TRIGGER note_update AFTER UPDATE ON security.role REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION people.note_company_change();

-- A person that wakes: what holds or will hold, and the last of what has ended.
CREATE INDEX assignment_by_end ON people.role_assignment (tenant_id, user_id, effective_end_date);
DROP INDEX people.assignment_by_user;
CREATE INDEX placement_by_end ON people.location_assignment (tenant_id, person_id, effective_end_at);
-- Most sign-ins are never revoked: they expire.
CREATE INDEX live_family_by_expiry ON security.refresh_token_family (tenant_id, user_id, expires_at)
  WHERE revoked_at IS NULL;
DROP INDEX security.live_family_by_user;

-- Gauges count what holds now, not what ever did. By an expression, so that nobody else's queries are planned with it.
CREATE INDEX assignment_in_force ON people.role_assignment ((coalesce(effective_end_date, 'infinity')))
  INCLUDE (effective_end_date, effective_start_date, tenant_id, role_id, scope_type);
CREATE INDEX placement_in_force ON people.location_assignment ((coalesce(effective_end_at, 'infinity')))
  INCLUDE (effective_end_at, effective_start_at);
CREATE INDEX dead_letter_open ON messaging.dead_letter (queue, reason) WHERE state = 'OPEN';
