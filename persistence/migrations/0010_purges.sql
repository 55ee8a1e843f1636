-- What is forgotten after a while is found by its time, oldest first, however much there is. Block ranges do not do: once
-- the space of purged rows is used again, each of them holds old and young.
CREATE INDEX idempotency_key_by_time ON journal.idempotency_key (created_at);
DROP INDEX journal.idempotency_key_by_age;
CREATE INDEX inbox_by_time ON messaging.inbox (processed_at);
DROP INDEX IF EXISTS messaging.inbox_processed_at;
CREATE INDEX family_by_expiry ON security.refresh_token_family (expires_at);
CREATE INDEX dead_letter_action_by_time ON messaging.dead_letter_action (acted_at);
CREATE INDEX dead_letter_replay_finished ON messaging.dead_letter_replay (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX case_closed ON people.offboarding_case (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX admin_departure_by_time ON security.admin_departure (departed_at);
CREATE INDEX export_job_finished ON audit.export_job (finished_at) WHERE finished_at IS NOT NULL;
