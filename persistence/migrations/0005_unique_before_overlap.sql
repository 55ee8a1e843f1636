-- PostgreSQL checks a table's indexes in the order in which they were made. Where a row breaks both rules, "one at a
-- time" is to be named rather than the overlap that follows from it; and rivals for a unique index wait for each other
-- without the deadlocks that exclusion constraints know.
ALTER TABLE people.clock_session DROP CONSTRAINT sessions_do_not_overlap;
ALTER TABLE people.clock_session ADD CONSTRAINT sessions_do_not_overlap EXCLUDE USING gist (
  person_id WITH =, tstzrange(clock_in_at, clock_out_at, '[)') WITH &&);
ALTER TABLE people.break_record DROP CONSTRAINT breaks_do_not_overlap;
ALTER TABLE people.break_record ADD CONSTRAINT breaks_do_not_overlap EXCLUDE USING gist (
  timecard_id WITH =, tstzrange(start_time, end_time, '[)') WITH &&);
