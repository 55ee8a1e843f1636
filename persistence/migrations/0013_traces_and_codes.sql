-- The trace in which a case was opened: what is done about it later, by whatever node, goes on in it.
CREATE TABLE people.offboarding_trace (
  tenant_id uuid NOT NULL,
  case_id uuid NOT NULL,
  traceparent text NOT NULL,
  PRIMARY KEY (tenant_id, case_id),
  CONSTRAINT trace_case FOREIGN KEY (tenant_id, case_id) REFERENCES people.offboarding_case ON DELETE CASCADE
);

-- "nyc" is "NYC". Codes never change, so shops that are twins already stay as they are, outside of the index; the first
-- of them keeps out any other.
DO $$
DECLARE twins text;
BEGIN
  SELECT string_agg(quote_literal(location_id), ', ') INTO twins FROM people.location l
  WHERE EXISTS (SELECT FROM people.location o WHERE o.tenant_id = l.tenant_id AND lower(o.code) = lower(l.code)
    AND (o.created_at, o.location_id) < (l.created_at, l.location_id));
  EXECUTE 'CREATE UNIQUE INDEX location_code_taken_in_any_case ON people.location (tenant_id, lower(code))'
    || coalesce(' WHERE location_id NOT IN (' || twins || ')', '');
END $$;
