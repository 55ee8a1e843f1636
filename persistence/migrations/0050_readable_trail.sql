-- One huge row made every page of the trail that held it unreadable, and nobody could delete it. What a request or a message may
-- be has 64 MiB at most, so no program of ours writes more.
ALTER TABLE audit.entry ADD CONSTRAINT entry_of_readable_size CHECK (
  pg_column_size(details) + pg_column_size(category) + pg_column_size(event_type) + pg_column_size(actor_type)
  + pg_column_size(subject_type) + pg_column_size(outcome) + coalesce(pg_column_size(reason_code), 0)
  + pg_column_size(correlation_id) + coalesce(pg_column_size(client_address), 0) + coalesce(pg_column_size(user_agent), 0)
  + pg_column_size(refs) + coalesce(pg_column_size(entry_hash), 0) <= 65 * 1024 * 1024) NOT VALID;
ALTER TABLE audit.personal_value ADD CONSTRAINT value_of_readable_size CHECK (
  pg_column_size(field) + pg_column_size(salt) + pg_column_size(value) <= 1024 * 1024) NOT VALID;
