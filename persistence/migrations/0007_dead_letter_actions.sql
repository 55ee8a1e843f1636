-- What operators decide about dead letters: one by one, or many at a chosen rate.

-- One decision per letter, for ever: what fails again becomes a new letter. Inserting the row does what it says.
CREATE TABLE messaging.dead_letter_action (
  -- The operator's; the letter may be of no company we know.
  tenant_id      uuid NOT NULL,
  dead_letter_id uuid NOT NULL REFERENCES messaging.dead_letter,
  verdict        text NOT NULL CHECK (verdict IN ('RETRY', 'DISCARD')),
  reason         text,
  actor          uuid NOT NULL,
  acted_at       timestamptz NOT NULL,
  replay_id      uuid,
  CONSTRAINT dead_letter_not_open PRIMARY KEY (dead_letter_id),
  CHECK ((verdict = 'DISCARD') = (reason IS NOT NULL))
);

-- `done`, `failed` and `skipped` count the items by outcome; they change without a new version.
CREATE TABLE messaging.dead_letter_replay (
  tenant_id       uuid NOT NULL,
  replay_id       uuid NOT NULL,
  created_by      uuid NOT NULL,
  correlation_id  text NOT NULL,
  filter          jsonb NOT NULL,
  rate_per_second bigint NOT NULL CHECK (rate_per_second BETWEEN 1 AND 5000),
  total           bigint NOT NULL,
  done            bigint NOT NULL DEFAULT 0,
  failed          bigint NOT NULL DEFAULT 0,
  skipped         bigint NOT NULL DEFAULT 0,
  state           text NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'CANCELLED')),
  created_at      timestamptz NOT NULL,
  finished_at     timestamptz,
  version         bigint NOT NULL CHECK (version >= 1),
  PRIMARY KEY (tenant_id, replay_id),
  CHECK ((state IN ('DONE', 'CANCELLED')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX dead_letter_replay_newest ON messaging.dead_letter_replay (tenant_id, created_at DESC);
CREATE INDEX dead_letter_replay_active ON messaging.dead_letter_replay (created_at) WHERE finished_at IS NULL;

CREATE FUNCTION messaging.refuse_action(rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'violates check constraint "%"', rule USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

CREATE FUNCTION messaging.keep_ended_replay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM messaging.refuse_action('dead_letter_replay_finished');
  RETURN NULL;
END $$;
CREATE TRIGGER keep_ended_replay BEFORE UPDATE ON messaging.dead_letter_replay
  FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION messaging.keep_ended_replay();

-- The letters that were chosen when the replay was asked for.
CREATE TABLE messaging.dead_letter_replay_item (
  tenant_id      uuid NOT NULL,
  replay_id      uuid NOT NULL,
  dead_letter_id uuid NOT NULL,
  -- Null: still to be done.
  outcome        text CHECK (outcome IN ('DONE', 'FAILED', 'SKIPPED')),
  PRIMARY KEY (replay_id, dead_letter_id)
) WITH (fillfactor = 70);

-- The head of a key is done with: the next of it may run. False when it was not there.
CREATE FUNCTION messaging.release_key(of_consumer text, of_key uuid, of_event uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM messaging.parked_message WHERE consumer = of_consumer AND event_id = of_event AND state <> 'WAITING';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- A statement of its own: it has to see what was parked while the deletion waited for the parking transaction.
  UPDATE messaging.parked_message SET state = 'READY' WHERE position = (
    SELECT min(position) FROM messaging.parked_message WHERE consumer = of_consumer AND entity_key = of_key);
  RETURN true;
END $$;

CREATE FUNCTION messaging.carry_out_dead_letter_actions() RETURNS trigger LANGUAGE plpgsql AS $$
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
    WHERE a.verdict = 'RETRY' AND p.consumer = d.consumer AND p.event_id = d.event_id;
  INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,
                                correlation_id, traceparent, body)
    SELECT d.tenant_id, d.event_id, d.event_type, '', d.queue, d.entity_key, clock_timestamp(), d.correlation_id,
           d.traceparent, d.body
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id WHERE a.verdict = 'RETRY' ORDER BY d.id;

  -- Dropped for ever: a stray copy must not be handled either, and what waits behind it flows.
  INSERT INTO messaging.inbox (consumer, event_id)
    SELECT d.consumer, d.event_id FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.verdict = 'DISCARD' AND d.body IS NOT NULL ON CONFLICT DO NOTHING;
  PERFORM messaging.release_key(d.consumer, d.entity_key, d.event_id)
    FROM acted a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.verdict = 'DISCARD' AND d.body IS NOT NULL;

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
CREATE TRIGGER carry_out AFTER INSERT ON messaging.dead_letter_action REFERENCING NEW TABLE AS acted
  FOR EACH STATEMENT EXECUTE FUNCTION messaging.carry_out_dead_letter_actions();

-- For looking at messages that are no events.
CREATE FUNCTION messaging.text_of(bytes bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN convert_from(bytes, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire THEN
  RETURN NULL;
END $$;
