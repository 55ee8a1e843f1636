-- Rows of the outbox that a decision put back under their old numbers, far below what the relay has read: as long as one
-- is here the relay reads from there on, or it would publish later events of their keys first. Written by the transaction
-- that puts them back, so that no reader sees a later event without them. A row that goes back twice is here twice:
-- forgetting the first time must not forget the second, which another transaction may be about to write.
CREATE TABLE messaging.outbox_returned (seq bigint NOT NULL);
CREATE INDEX outbox_returned_first ON messaging.outbox_returned (seq);

CREATE OR REPLACE FUNCTION messaging.release_outbox_key(of_letter uuid, with_head boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  head messaging.outbox_held;
BEGIN
  SELECT * INTO head FROM messaging.outbox_held WHERE dead_letter_id = of_letter FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF NOT with_head THEN
    DELETE FROM messaging.outbox_held WHERE seq = head.seq;
  END IF;
  -- A statement of its own: it has to see what was held while the lock waited for the relay's transaction.
  WITH back AS (
    DELETE FROM messaging.outbox_held WHERE tenant_id = head.tenant_id AND entity_key = head.entity_key RETURNING *),
  noted AS (INSERT INTO messaging.outbox_returned SELECT seq FROM back)
  INSERT INTO messaging.outbox (seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,
                                correlation_id, traceparent, body, created_at) OVERRIDING SYSTEM VALUE
    SELECT seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at, correlation_id,
           traceparent, body, created_at FROM back ORDER BY seq;
END $$;
