-- What no broker takes is set aside like what no consumer takes; ids of one tenant say nothing about another's; a command
-- that an offboarding case gave up is a dead letter.

-- Rows of the outbox that wait for an operator: of a key the one that could not be published, with its dead letter, and
-- what came after it. They keep their numbers and go back under them.
CREATE TABLE messaging.outbox_held (
  seq            bigint PRIMARY KEY,
  tenant_id      uuid NOT NULL,
  event_id       uuid NOT NULL,
  event_type     text NOT NULL,
  exchange       text NOT NULL,
  routing_key    text NOT NULL,
  entity_key     uuid NOT NULL,
  occurred_at    timestamptz NOT NULL,
  correlation_id text NOT NULL,
  traceparent    text,
  body           text NOT NULL,
  created_at     timestamptz NOT NULL,
  -- Null: waits behind the one that has it.
  dead_letter_id uuid REFERENCES messaging.dead_letter
) WITH (vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX outbox_held_key ON messaging.outbox_held (tenant_id, entity_key, seq);
CREATE UNIQUE INDEX outbox_held_head ON messaging.outbox_held (tenant_id, entity_key) WHERE dead_letter_id IS NOT NULL;
CREATE UNIQUE INDEX outbox_held_letter ON messaging.outbox_held (dead_letter_id) WHERE dead_letter_id IS NOT NULL;

-- What was written before has no tenant: it counts for all of them until it is forgotten.
ALTER TABLE messaging.inbox ADD COLUMN tenant_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE messaging.inbox DROP CONSTRAINT inbox_pkey, ADD PRIMARY KEY (consumer, event_id, tenant_id);

ALTER TABLE messaging.parked_message ADD COLUMN tenant_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
-- A body may hold \u0000, which PostgreSQL reads nowhere.
CREATE FUNCTION pg_temp.tenant_in(body text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  RETURN (body::json ->> 'tenantId')::uuid;
EXCEPTION WHEN OTHERS THEN
  RETURN substring(body FROM '"tenantId"\s*:\s*"([0-9A-Fa-f-]{36})"')::uuid;
END $$;
UPDATE messaging.parked_message SET tenant_id = pg_temp.tenant_in(body);
ALTER TABLE messaging.parked_message DROP CONSTRAINT parked_message_consumer_event_id_key,
  ADD UNIQUE (consumer, event_id, tenant_id);
DROP INDEX messaging.parked_message_head;
CREATE UNIQUE INDEX parked_message_head ON messaging.parked_message (consumer, entity_key, tenant_id) WHERE state <> 'WAITING';

-- What is still to be taken out of a broker's dead-letter queue, because it is decided.
CREATE TABLE messaging.dead_letter_sweep (
  dead_letter_id uuid PRIMARY KEY,
  queue          text NOT NULL,
  event_id       uuid NOT NULL,
  decided_at     timestamptz NOT NULL DEFAULT now()
);

DROP FUNCTION messaging.release_key(text, uuid, uuid);
-- The head of a key is done with: the next of it may run. False when it was not there.
CREATE FUNCTION messaging.release_key(of_consumer text, of_tenant uuid, of_key uuid, of_event uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM messaging.parked_message
    WHERE consumer = of_consumer AND tenant_id = of_tenant AND event_id = of_event AND state <> 'WAITING';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- A statement of its own: it has to see what was parked while the deletion waited for the parking transaction.
  UPDATE messaging.parked_message SET state = 'READY' WHERE position = (
    SELECT min(position) FROM messaging.parked_message
    WHERE consumer = of_consumer AND tenant_id = of_tenant AND entity_key = of_key);
  RETURN true;
END $$;

-- A key of the outbox flows again, from its dead message on or from the one behind it.
CREATE FUNCTION messaging.release_outbox_key(of_letter uuid, with_head boolean) RETURNS void LANGUAGE plpgsql AS $$
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
    DELETE FROM messaging.outbox_held WHERE tenant_id = head.tenant_id AND entity_key = head.entity_key RETURNING *)
  INSERT INTO messaging.outbox (seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,
                                correlation_id, traceparent, body, created_at) OVERRIDING SYSTEM VALUE
    SELECT seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at, correlation_id,
           traceparent, body, created_at FROM back ORDER BY seq;
END $$;

-- A letter is of a consumer of a queue, of the relay, or of the offboarding cases: then what was decided is done already,
-- by the case.
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
    WHERE a.verdict = 'RETRY' AND p.consumer = d.consumer AND p.tenant_id = d.tenant_id AND p.event_id = d.event_id;
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
  INSERT INTO messaging.inbox (consumer, tenant_id, event_id)
    SELECT d.consumer, d.tenant_id, d.event_id FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.verdict = 'DISCARD' AND d.body IS NOT NULL AND d.consumer NOT IN ('outbox_relay', 'offboarding')
    ON CONFLICT DO NOTHING;
  PERFORM messaging.release_key(d.consumer, d.tenant_id, d.entity_key, d.event_id)
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.verdict = 'DISCARD' AND d.body IS NOT NULL AND d.consumer NOT IN ('outbox_relay', 'offboarding');

  INSERT INTO messaging.dead_letter_sweep (dead_letter_id, queue, event_id)
    SELECT d.id, d.queue, d.event_id FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE d.consumer = 'offboarding' ON CONFLICT DO NOTHING;

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

-- The letter of a command that its case gave up: of the line of the case's history, whose id the message has, too.
CREATE FUNCTION messaging.bury_command(line people.offboarding_history) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key, routing_key,
                                     correlation_id, reason, error, body, body_size, attempts, first_failed_at, dead_at)
    SELECT line.entry_id, line.tenant_id, 'people.offboarding', 'offboarding', line.entry_id, 'OffboardingCommandDead',
           line.case_id, 'people.offboarding', k.correlation_id, 'EXHAUSTED', coalesce(line.detail, ''), b.body,
           octet_length(b.body), line.attempt, coalesce(c.first_failed_at, line.happened_at), line.happened_at
    FROM people.offboarding_command c
    JOIN people.offboarding_case k ON k.tenant_id = c.tenant_id AND k.case_id = c.case_id
    CROSS JOIN LATERAL (SELECT jsonb_build_object(
      'caseId', c.case_id, 'commandId', c.command_id, 'commandType', c.command_type, 'userId', k.user_id,
      'personId', k.person_id, 'attempts', line.attempt, 'lastError', line.detail)::text AS body) b
    WHERE c.tenant_id = line.tenant_id AND c.command_id = line.command_id;
END $$;

CREATE INDEX dead_letter_of_case ON messaging.dead_letter (entity_key) WHERE consumer = 'offboarding' AND state = 'OPEN';

-- Whatever ends the waiting for an operator decides about the letter, wherever it was asked for.
CREATE FUNCTION messaging.follow_offboarding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.what = 'MOVED_TO_DEAD_LETTERS' THEN
    PERFORM messaging.bury_command(NEW);
    RETURN NULL;
  END IF;
  INSERT INTO messaging.dead_letter_action (tenant_id, dead_letter_id, verdict, reason, actor, acted_at)
    SELECT NEW.tenant_id, d.id, CASE NEW.what WHEN 'RETRY_REQUESTED' THEN 'RETRY' ELSE 'DISCARD' END,
           CASE NEW.what WHEN 'RETRY_REQUESTED' THEN NULL WHEN 'RISK_ACCEPTED' THEN NEW.detail
                         ELSE 'The command succeeded after all.' END,
           NEW.actor, NEW.happened_at
    FROM messaging.dead_letter d
    JOIN people.offboarding_history died
      ON died.tenant_id = d.tenant_id AND died.case_id = d.entity_key AND died.entry_id = d.id
    WHERE d.consumer = 'offboarding' AND d.state = 'OPEN' AND d.tenant_id = NEW.tenant_id
      AND d.entity_key = NEW.case_id AND died.command_id = NEW.command_id;
  RETURN NULL;
END $$;
CREATE TRIGGER follow_offboarding AFTER INSERT ON people.offboarding_history FOR EACH ROW
  WHEN (NEW.what IN ('MOVED_TO_DEAD_LETTERS', 'RETRY_REQUESTED', 'RISK_ACCEPTED', 'SUCCEEDED'))
  EXECUTE FUNCTION messaging.follow_offboarding();

-- Those that wait already.
SELECT messaging.bury_command(h) FROM (
  SELECT DISTINCT ON (h.tenant_id, h.command_id) h.* FROM people.offboarding_history h
  JOIN people.offboarding_command c ON c.tenant_id = h.tenant_id AND c.command_id = h.command_id
  WHERE c.state = 'REQUIRES_MANUAL_INTERVENTION' AND h.what = 'MOVED_TO_DEAD_LETTERS'
  ORDER BY h.tenant_id, h.command_id, h.happened_at DESC) latest, people.offboarding_history h
WHERE h.tenant_id = latest.tenant_id AND h.case_id = latest.case_id AND h.entry_id = latest.entry_id;
