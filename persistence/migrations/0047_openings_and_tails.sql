-- Who may add to the trail neither moves its openings to the end of time nor makes the next one ask without end
-- (docs/decisions/0066).

-- As much as a writer notes. What is there already is read as "anywhere" and logged.
ALTER TABLE audit.chain_tail ADD CONSTRAINT tail_of_months CHECK (cardinality(months) <= 12
  AND array_to_string(months, ',', '?') ~ '^(\d{4}-(0[1-9]|1[0-2])(,\d{4}-(0[1-9]|1[0-2])){0,11})?$') NOT VALID;

-- A company whose openings were moved ahead before this rule goes on behind the last of them.
CREATE FUNCTION audit.refuse_opening_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.opened_at > now() + interval '1 day' THEN
    IF NEW.opened_at > coalesce((SELECT max(c.opened_at) FROM audit.chain c WHERE c.tenant_id = NEW.tenant_id), now())
        + interval '1 millisecond' THEN
      RAISE EXCEPTION 'no chain is opened in the future' USING ERRCODE = 'check_violation', CONSTRAINT = 'opening_not_ahead';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_ahead BEFORE INSERT ON audit.chain
  FOR EACH ROW EXECUTE FUNCTION audit.refuse_opening_ahead();
