-- Lists are read from an index, in the order they are shown, beginning anywhere (persistence/page_query.hpp).
CREATE INDEX placement_by_start ON people.location_assignment (tenant_id, effective_start_at, assignment_id);
CREATE INDEX placement_by_location_start ON people.location_assignment
  (tenant_id, location_id, effective_start_at, assignment_id);
CREATE INDEX assignment_by_start ON people.role_assignment (tenant_id, effective_start_date, assignment_id);

-- Parts of names, within a tenant. Without the list of pending entries: whoever fills it up would empty it in their commit.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX person_by_part_of_name ON people.person
  USING gin (tenant_id, lower(first_name || ' ' || last_name) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX person_by_part_of_email ON people.person
  USING gin (tenant_id, lower(primary_email) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX user_by_part_of_name ON security.app_user
  USING gin (tenant_id, lower(username) gin_trgm_ops) WITH (fastupdate = off);
