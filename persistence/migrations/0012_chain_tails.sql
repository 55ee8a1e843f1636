-- What it takes to open a chain without looking at all that came before.

-- The newest opening of a company is where the next one begins to look: it names every chain that was still written to.
CREATE INDEX chain_newest ON audit.chain (tenant_id, opened_at DESC, chain_id DESC);

-- The chains whose end nobody has named for good, and the months (UTC, 'YYYY-MM') in which their last entry may be; by
-- the writer, before it writes into another month. Only says where to look: what is true is in the openings and entries.
CREATE TABLE audit.chain_tail (
  tenant_id uuid NOT NULL,
  chain_id uuid NOT NULL,
  months text[] NOT NULL,
  PRIMARY KEY (tenant_id, chain_id)
) WITH (fillfactor = 70);
