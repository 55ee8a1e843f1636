-- The trace in which an export or a replay was asked for: what is done for it later goes on in it.
ALTER TABLE audit.export_job ADD COLUMN traceparent text;
ALTER TABLE messaging.dead_letter_replay ADD COLUMN traceparent text;
