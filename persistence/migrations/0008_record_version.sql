-- The version of a record as a whole, one up with every commit of its entity. It is what keeps a decision that only adds
-- rows from being committed on a state that is gone: whoever decided on an earlier version is refused, whatever it writes.
CREATE TABLE journal.record_version (
  tenant_id uuid NOT NULL,
  aggregate text NOT NULL,
  record_id uuid NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  CONSTRAINT record_changed PRIMARY KEY (tenant_id, record_id, aggregate)
) WITH (fillfactor = 50);

CREATE OR REPLACE FUNCTION journal.expect_rows(written bigint, expected bigint, table_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  guard text := CASE table_name WHEN 'journal.record_version' THEN 'record_changed' ELSE 'version_conflict' END;
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'violates version guard "%" on %: % of % rows written', guard, table_name, written, expected
      USING ERRCODE = 'MU001', CONSTRAINT = guard;
  END IF;
END $$;
