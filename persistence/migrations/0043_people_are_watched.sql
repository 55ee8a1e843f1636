-- In which transaction a person's record was changed last: other nodes look for those that are new (decision 0062), as they do for
-- companies. No other record pays for it.
ALTER TABLE journal.record_version ADD COLUMN changed_in xid8;
CREATE INDEX person_changed_in ON journal.record_version (changed_in) WHERE aggregate = 'person';

CREATE FUNCTION journal.note_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.changed_in := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER person_changed BEFORE INSERT OR UPDATE ON journal.record_version
  FOR EACH ROW WHEN (NEW.aggregate = 'person') EXECUTE FUNCTION journal.note_change();

-- Whoever decides by what a caller holds compares here, and is told that it was the caller who changed.
CREATE VIEW journal.person_version AS
  SELECT tenant_id, record_id, version FROM journal.record_version WHERE aggregate = 'person';

CREATE OR REPLACE FUNCTION journal.expect_rows(written bigint, expected bigint, table_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  guard text := CASE table_name WHEN 'journal.record_version' THEN 'record_changed'
    WHEN 'journal.record_version compared' THEN 'company_changed'
    WHEN 'journal.person_version compared' THEN 'caller_changed' ELSE 'version_conflict' END;
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'violates version guard "%" on %: % of % rows written', guard, table_name, written, expected
      USING ERRCODE = 'MU001', CONSTRAINT = guard;
  END IF;
END $$;
