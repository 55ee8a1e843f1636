-- Who may add to the trail does not make the next opening ask without end
-- (docs/decisions/0066).

-- As much as a writer notes. What is there already is read as "anywhere" and logged.
ALTER TABLE audit.chain_tail ADD CONSTRAINT tail_of_months CHECK (cardinality(months) <= 12
  AND array_to_string(months, ',', '?') ~ '^(\d{4}-(0[1-9]|1[0-2])(,\d{4}-(0[1-9]|1[0-2])){0,11})?$') NOT VALID;
