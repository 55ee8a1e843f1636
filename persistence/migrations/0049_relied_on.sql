-- The version of a record at which it last changed in what decisions about other records go by: a company's roles and shops, what a
-- person may do. Such decisions compare this one, so that a flood of other changes to the record does not hold them up (decision 0068).
ALTER TABLE journal.record_version ADD COLUMN relied_on bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW journal.person_version AS
  SELECT tenant_id, record_id, relied_on AS version FROM journal.record_version WHERE aggregate = 'person';
CREATE VIEW journal.company_version AS
  SELECT tenant_id, record_id, relied_on AS version FROM journal.record_version WHERE aggregate = 'company';

CREATE OR REPLACE FUNCTION journal.expect_rows(written bigint, expected bigint, table_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  guard text := CASE table_name WHEN 'journal.record_version' THEN 'record_changed'
    WHEN 'journal.company_version compared' THEN 'company_changed'
    WHEN 'journal.person_version compared' THEN 'caller_changed'
    WHEN 'cluster.lease compared' THEN 'lease_lost' ELSE 'version_conflict' END;
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'violates version guard "%" on %: % of % rows written', guard, table_name, written, expected
      USING ERRCODE = 'MU001', CONSTRAINT = guard;
  END IF;
END $$;
