-- Who works where, as what, from when to when (Story 86). Columns are the members of location_assignment in
-- domain/person/records.hpp.
CREATE TABLE people.location_assignment (
  tenant_id uuid NOT NULL,
  assignment_id uuid NOT NULL,
  person_id uuid NOT NULL,
  location_id uuid NOT NULL,
  role text NOT NULL CHECK (trim(role) <> ''),
  is_primary boolean NOT NULL,
  effective_start_at timestamptz NOT NULL,
  effective_end_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  created_by uuid NOT NULL,
  updated_by uuid NOT NULL,
  change_reason_code text,
  version bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, assignment_id),
  CONSTRAINT placement_person FOREIGN KEY (tenant_id, person_id) REFERENCES people.person,
  CONSTRAINT placement_location FOREIGN KEY (tenant_id, location_id) REFERENCES people.location,
  -- Half-open; an empty window is allowed.
  CONSTRAINT placement_ends_after_start CHECK (effective_end_at >= effective_start_at),
  -- BR4. Ids are hashed because GiST cannot tell apart those that were made in the same millisecond; checked when the
  -- statement is done, because it may end one assignment and begin the next.
  CONSTRAINT placements_do_not_overlap EXCLUDE USING gist (
    uuid_hash_extended(person_id, uuid_hash_extended(tenant_id, 0)) WITH =, uuid_hash_extended(location_id, 0) WITH =,
    hashtextextended(lower(role COLLATE "C"), 0) WITH =, tstzrange(effective_start_at, effective_end_at, '[)') WITH &&)
    DEFERRABLE INITIALLY IMMEDIATE,
  -- BR2: at any instant at most one primary location.
  CONSTRAINT one_primary_placement EXCLUDE USING gist (
    uuid_hash_extended(person_id, uuid_hash_extended(tenant_id, 0)) WITH =, tstzrange(effective_start_at, effective_end_at, '[)') WITH &&)
    WHERE (is_primary) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX placement_by_person ON people.location_assignment (tenant_id, person_id, effective_start_at);
CREATE INDEX placement_by_location ON people.location_assignment (tenant_id, location_id, effective_end_at);

-- Whom, where and as what never change, and nothing is deleted (BR5). A purge disables the trigger.
CREATE FUNCTION people.keep_location_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (NEW.person_id, NEW.location_id, NEW.role) <> (OLD.person_id, OLD.location_id, OLD.role) THEN
    RAISE EXCEPTION 'violates check constraint "placement_is_immutable"'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_is_immutable';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_location_assignment BEFORE UPDATE OR DELETE ON people.location_assignment
  FOR EACH ROW EXECUTE FUNCTION people.keep_location_assignment();
