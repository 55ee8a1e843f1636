-- What messaging keeps in the database: events on their way out, what consumers have seen, and what failed.
CREATE SCHEMA IF NOT EXISTS messaging;
CREATE SCHEMA IF NOT EXISTS people;

-- Only what the broker has not confirmed yet: the relay deletes a row once it is confirmed. Rows come and go in
-- thousands per second, so vacuum runs early and without pauses, and never truncates (that would lock writers out).
CREATE TABLE messaging.outbox (
  seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id      uuid NOT NULL,
  event_id       uuid NOT NULL,
  event_type     text NOT NULL,
  -- '' is the broker's default exchange: the routing key then names a queue.
  exchange       text NOT NULL,
  routing_key    text NOT NULL,
  entity_key     uuid NOT NULL,
  occurred_at    timestamptz NOT NULL,
  correlation_id text NOT NULL,
  traceparent    text,
  body           text NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 100, vacuum_truncate = false,
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_vacuum_insert_scale_factor = 0.5, autovacuum_analyze_scale_factor = 0,
        autovacuum_analyze_threshold = 50000);

-- What a consumer has already done. Written in the transaction of the effect.
CREATE TABLE messaging.inbox (
  consumer     text NOT NULL,
  event_id     uuid NOT NULL,
  processed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX inbox_processed_at ON messaging.inbox USING brin (processed_at);

-- A key of a consumer with rows here is blocked. The first row by position is its head: the message that fails
-- (RETRYING in the broker until due_at, DEAD until an operator decides) or that may run now (READY). All others WAIT.
CREATE TABLE messaging.parked_message (
  position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer        text NOT NULL,
  entity_key      uuid NOT NULL,
  event_id        uuid NOT NULL,
  state           text NOT NULL CHECK (state IN ('WAITING', 'READY', 'RETRYING', 'DEAD')),
  attempts        integer NOT NULL DEFAULT 0,
  last_error      text,
  first_failed_at timestamptz,
  due_at          timestamptz,
  routing_key     text NOT NULL,
  traceparent     text,
  headers         jsonb NOT NULL DEFAULT '{}',
  body            text NOT NULL,
  parked_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (consumer, event_id)
) WITH (vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX parked_message_key ON messaging.parked_message (consumer, entity_key, position);
CREATE UNIQUE INDEX parked_message_head ON messaging.parked_message (consumer, entity_key) WHERE state <> 'WAITING';

CREATE TABLE messaging.dead_letter (
  id              uuid PRIMARY KEY,
  -- Null when the message was too broken to say.
  tenant_id       uuid,
  queue           text NOT NULL,
  consumer        text NOT NULL,
  event_id        uuid,
  event_type      text,
  entity_key      uuid,
  routing_key     text NOT NULL,
  correlation_id  text,
  traceparent     text,
  reason          text NOT NULL,
  error           text NOT NULL,
  headers         jsonb NOT NULL DEFAULT '{}',
  -- Text where it is an event; raw (and perhaps cut, see body_size) where it is malformed.
  body            text,
  raw_body        bytea,
  body_size       bigint NOT NULL,
  attempts        integer NOT NULL,
  first_failed_at timestamptz NOT NULL,
  dead_at         timestamptz NOT NULL DEFAULT now(),
  -- Set by what operators decide (0007), never by hand.
  state           text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'RETRIED', 'DISCARDED')),
  CHECK ((body IS NULL) <> (raw_body IS NULL))
);
CREATE INDEX dead_letter_state ON messaging.dead_letter (state, dead_at DESC);
CREATE INDEX dead_letter_event ON messaging.dead_letter (consumer, event_id);

CREATE TABLE messaging.alert (
  -- Nil: concerns no single tenant.
  tenant_id      uuid NOT NULL,
  alert_id       uuid PRIMARY KEY,
  severity       text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
  type           text NOT NULL,
  message        text NOT NULL,
  details        jsonb NOT NULL DEFAULT '{}',
  correlation_id text NOT NULL,
  raised_at      timestamptz NOT NULL
);
CREATE INDEX alert_raised_at ON messaging.alert (raised_at DESC);

-- A projection of our own clock and break events: who is in now, and who of them is on a break.
CREATE TABLE people.on_the_clock (
  tenant_id        uuid NOT NULL,
  person_id        uuid NOT NULL,
  location_id      uuid NOT NULL,
  timecard_id      uuid NOT NULL,
  clock_session_id uuid NOT NULL,
  clocked_in_at    timestamptz NOT NULL,
  break_id         uuid,
  break_type       text,
  break_started_at timestamptz,
  PRIMARY KEY (tenant_id, person_id)
) WITH (fillfactor = 70);
CREATE INDEX on_the_clock_location ON people.on_the_clock (tenant_id, location_id);
