-- An id says which event is meant only together with what the event says; decided letters leave the broker
-- (docs/decisions/0057).

-- Digests. Null: of before this version, and not known.
ALTER TABLE messaging.inbox ADD COLUMN content bytea;
ALTER TABLE messaging.parked_message ADD COLUMN content bytea;
ALTER TABLE messaging.dead_letter ADD COLUMN content bytea;

-- Consumers of our own events to which an event with our seal has come: what came before it may be of a version that made
-- none. Where there is no company yet nothing can be of before.
CREATE TABLE messaging.sealed_consumer (
  consumer text PRIMARY KEY,
  since    timestamptz NOT NULL DEFAULT now()
);
INSERT INTO messaging.sealed_consumer (consumer)
  SELECT c FROM unnest(ARRAY['on_the_clock', 'user_person_link']) AS c WHERE NOT EXISTS (SELECT FROM people.tenant);

-- Of what is no event there is no id; its copy is found by the letter's.
ALTER TABLE messaging.dead_letter_sweep ALTER COLUMN event_id DROP NOT NULL;
INSERT INTO messaging.dead_letter_sweep (dead_letter_id, queue, event_id)
  SELECT id, queue, event_id FROM messaging.dead_letter WHERE state <> 'OPEN' AND consumer <> 'outbox_relay'
  ON CONFLICT DO NOTHING;

-- A letter is of a consumer of a queue, of the relay, or of the offboarding cases: then what was decided is done already,
-- by the case. Of a consumer's some only have an id that another event has: what is decided about them is not decided about
-- that one.
CREATE OR REPLACE FUNCTION messaging.carry_out_dead_letter_actions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM messaging.refuse_action('dead_letter_not_retryable')
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id WHERE a.verdict = 'RETRY' AND d.body IS NULL;
  UPDATE messaging.dead_letter d SET state = CASE a.verdict WHEN 'RETRY' THEN 'RETRIED' ELSE 'DISCARDED' END
    FROM acted a WHERE d.id = a.dead_letter_id;

  -- Sent to its queue once more, with all attempts before it; what waits behind it keeps waiting. Should the broker
  -- lose it on the way, the consumer takes it from the table after a while.
  UPDATE messaging.parked_message p
    SET state = 'RETRYING', attempts = 0, due_at = clock_timestamp() + interval '5 minutes'
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.verdict = 'RETRY' AND p.consumer = d.consumer AND p.tenant_id = d.tenant_id AND p.event_id = d.event_id
      AND p.state <> 'WAITING' AND coalesce(p.content = d.content, true);
  -- Letters of before the limits may have ids that no broker takes.
  INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,
                                correlation_id, traceparent, body)
    SELECT d.tenant_id, d.event_id, regexp_replace(left(d.event_type, 128), '[^ -~]', '?', 'g'), '', d.queue,
           d.entity_key, clock_timestamp(),
           regexp_replace(left(coalesce(d.correlation_id, d.event_id::text), 128), '[^ -~]', '?', 'g'),
           CASE WHEN length(d.traceparent) <= 128 THEN d.traceparent END, d.body
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.verdict = 'RETRY' AND d.consumer NOT IN ('outbox_relay', 'offboarding') ORDER BY d.id;
  PERFORM messaging.release_outbox_key(d.id, a.verdict = 'RETRY')
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id WHERE d.consumer = 'outbox_relay';

  -- Dropped for ever: a stray copy must not be handled either, and what waits behind it flows.
  INSERT INTO messaging.inbox (consumer, tenant_id, event_id, content)
    SELECT p.consumer, p.tenant_id, p.event_id, coalesce(p.content, d.content)
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    JOIN messaging.parked_message p ON p.consumer = d.consumer AND p.tenant_id = d.tenant_id AND p.event_id = d.event_id
    WHERE a.verdict = 'DISCARD' AND d.body IS NOT NULL AND d.consumer NOT IN ('outbox_relay', 'offboarding')
      AND p.state <> 'WAITING' AND coalesce(p.content = d.content, true)
    ON CONFLICT DO NOTHING;
  PERFORM messaging.release_key(p.consumer, p.tenant_id, p.entity_key, p.event_id)
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    JOIN messaging.parked_message p ON p.consumer = d.consumer AND p.tenant_id = d.tenant_id AND p.event_id = d.event_id
    WHERE a.verdict = 'DISCARD' AND d.body IS NOT NULL AND d.consumer NOT IN ('outbox_relay', 'offboarding')
      AND p.state <> 'WAITING' AND coalesce(p.content = d.content, true);

  INSERT INTO messaging.dead_letter_sweep (dead_letter_id, queue, event_id)
    SELECT d.id, d.queue, d.event_id FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE d.consumer <> 'outbox_relay' ON CONFLICT DO NOTHING;

  UPDATE messaging.dead_letter_replay_item i SET outcome = 'DONE'
    FROM acted a WHERE i.replay_id = a.replay_id AND i.dead_letter_id = a.dead_letter_id;
  UPDATE messaging.dead_letter_replay r SET state = 'RUNNING', done = r.done + a.letters
    FROM (SELECT tenant_id, replay_id, count(*) AS letters FROM acted WHERE replay_id IS NOT NULL GROUP BY 1, 2) a
    WHERE r.tenant_id = a.tenant_id AND r.replay_id = a.replay_id AND r.finished_at IS NULL;
  -- One that was cancelled in the meantime retries nothing any more.
  PERFORM messaging.refuse_action('dead_letter_replay_finished')
    FROM acted a JOIN messaging.dead_letter_replay r USING (tenant_id, replay_id) WHERE r.finished_at IS NOT NULL;
  RETURN NULL;
END $$;
