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
