-- A timecard that wakes asks for the person's last break, over all their days.
CREATE INDEX break_by_mechanic ON people.break_record (tenant_id, mechanic_id, start_time DESC);
