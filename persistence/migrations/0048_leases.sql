-- Who does what one server does at a time (docs/decisions/0060).
CREATE SCHEMA cluster;

CREATE TABLE cluster.lease (
  role   text PRIMARY KEY,
  -- A server's run, not a machine.
  holder uuid,
  epoch  bigint NOT NULL DEFAULT 0,
  -- By this database's clock and no other.
  until  timestamptz NOT NULL DEFAULT to_timestamp(0) CONSTRAINT lease_until_a_time CHECK (isfinite(until)),
  -- Taking a lease changes a key, renewing it does not: who writes under a lease locks its row FOR KEY SHARE, which keeps others
  -- from taking it, and the holder not from renewing it.
  CONSTRAINT lease_epochs UNIQUE (role, epoch)
) WITH (fillfactor = 25);

INSERT INTO cluster.lease (role) VALUES ('audit-exports'), ('dead-letter-replays'), ('dead-letter-sweeper'), ('offboarding'), ('relay');

CREATE OR REPLACE FUNCTION journal.expect_rows(written bigint, expected bigint, table_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  guard text := CASE table_name WHEN 'journal.record_version' THEN 'record_changed'
    WHEN 'journal.record_version compared' THEN 'company_changed'
    WHEN 'journal.person_version compared' THEN 'caller_changed'
    WHEN 'cluster.lease compared' THEN 'lease_lost' ELSE 'version_conflict' END;
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'violates version guard "%" on %: % of % rows written', guard, table_name, written, expected
      USING ERRCODE = 'MU001', CONSTRAINT = guard;
  END IF;
END $$;
