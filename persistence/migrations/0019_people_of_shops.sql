-- Whose records a shop's manager is shown: those who are placed or assigned there, now or later
-- (persistence/people_scope.hpp). What is over is not read, however much there is of it.
CREATE INDEX placement_at_shop ON people.location_assignment
  (tenant_id, location_id, (coalesce(effective_end_at, 'infinity')), person_id);
CREATE INDEX assignment_at_shop ON people.role_assignment
  (tenant_id, location_id, (coalesce(effective_end_date, 'infinity')), user_id);
-- All that these were for, the new ones do as well.
DROP INDEX people.placement_by_location;
DROP INDEX people.assignment_by_location;
