#include "messaging/dead_letters.hpp"

#include "common/json_write.hpp"
#include "messaging/alerts.hpp"
#include "messaging/database_session.hpp"
#include "messaging/inbox.hpp"
#include "messaging/parking.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace musterd {
namespace {

/// Of a body that is no event this much is kept.
constexpr std::size_t raw_kept = 64 * 1024;

/// Only these come back from the outbox with what they need to be handled again.
struct open_letter {
  std::string queue, consumer, tenant_id, event_id, event_type, entity_key, correlation_id, traceparent, body;
  bool readable = false;
};

outcome<open_letter> lock_open(pqxx::transaction_base& tx, const uuid& id) {
  auto found =
      query(tx,
            "SELECT state, queue, consumer, tenant_id, event_id, event_type, entity_key, correlation_id,"
            " coalesce(traceparent, ''), body FROM messaging.dead_letter WHERE id = $1 FOR UPDATE",
            to_string(id));
  if (found.empty())
    return not_found("DEAD_LETTER_NOT_FOUND", "There is no such dead letter.");
  auto row = found[0];
  if (row[0].c_str() != std::string_view{"OPEN"})
    return conflict("DEAD_LETTER_NOT_OPEN", fmt::format("The dead letter is already {}.", row[0].c_str()));
  auto text = [&](int column) {
    return row[column].is_null() ? std::string{} : std::string{row[column].c_str()};
  };
  return open_letter{text(1), text(2), text(3), text(4), text(5),
                     text(6), text(7), text(8), text(9), !row[9].is_null()};
}

void resolve(pqxx::transaction_base& tx, const uuid& id, const std::string& state,
             const std::string& resolution) {
  query(tx,
        "UPDATE messaging.dead_letter SET state = $2, resolution = nullif($3, ''), resolved_at = "
        "clock_timestamp()"
        " WHERE id = $1",
        to_string(id), state, resolution);
}

operator_alert alert_about(const consumer_spec& consumer, const received_event& message, dead_reason reason,
                           const std::string& error, const uuid& id) {
  bool blocks = reason == dead_reason::refused || reason == dead_reason::exhausted;
  boost::json::object details{{"deadLetterId", to_string(id)},
                              {"queue", consumer.queue},
                              {"consumer", consumer.name},
                              {"reason", code_of(reason)},
                              {"eventType", message.broken ? message.raw.type : message.event.event_type},
                              {"error", error}};
  if (!message.broken)
    details["eventId"] = to_string(message.event.event_id);
  return {uuid::generate(),
          blocks ? alert_severity::critical : alert_severity::warning,
          "DEAD_LETTER",
          fmt::format("A message of {} went to the dead letters: {}.", consumer.queue, code_of(reason)),
          {boost::json::serialize(details)},
          message.broken ? message.raw.correlation_id : storable_text(message.event.correlation_id),
          wall_clock_now()};
}

}  // namespace

uuid bury(pqxx::transaction_base& tx, const consumer_spec& consumer, const received_event& message,
          dead_reason reason, const std::string& unsafe_error, int attempts, messaging_stats& stats) {
  auto id = uuid::generate();
  auto error = storable_text(unsafe_error);
  const auto& event = message.event;
  bool readable = !message.broken;
  auto if_readable = [&](std::string text) { return readable ? std::move(text) : std::string{}; };
  query(
      tx,
      "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key,"
      " routing_key, correlation_id, traceparent, reason, error, headers, body, raw_body, body_size, "
      "attempts,"
      " first_failed_at) VALUES ($1, nullif($2, '')::uuid, $3, $4, nullif($5, '')::uuid, nullif($6, ''),"
      " nullif($7, '')::uuid, $8, nullif($9, ''), nullif($10, ''), $11, $12, $13::jsonb,"
      " CASE WHEN $14 THEN $15 END, CASE WHEN NOT $14 THEN $16::bytea END, $17, $18, coalesce((SELECT"
      " first_failed_at FROM messaging.parked_message WHERE consumer = $4 AND event_id::text = $5), now()))",
      to_string(id), if_readable(to_string(event.tenant_id)), consumer.queue, consumer.name,
      if_readable(to_string(event.event_id)), readable ? storable_text(event.event_type) : message.raw.type,
      if_readable(to_string(message.key)), storable_text(message.raw.routing_key),
      readable ? storable_text(event.correlation_id) : message.raw.correlation_id, message.traceparent,
      std::string{code_of(reason)}, error, boost::json::serialize(message.raw.headers), readable,
      if_readable(message.raw.body),
      readable ? std::string{} : bytea_text(std::string_view{message.raw.body}.substr(0, raw_kept)),
      static_cast<std::int64_t>(message.raw.body_size), attempts);
  raise_alert(tx, readable ? event.tenant_id : tenant_uuid{},
              alert_about(consumer, message, reason, error, id), stats);
  ++stats.dead_lettered[static_cast<std::size_t>(reason)];
  return id;
}

outcome<void> retry_dead_letter(pqxx::transaction_base& tx, const uuid& id) {
  auto letter = lock_open(tx, id);
  if (!letter)
    return letter.error();
  if (!letter->readable)
    return conflict("DEAD_LETTER_NOT_RETRYABLE",
                    "There is no readable event in this message; it can only be discarded.");
  // Should the broker lose it on the way, the consumer takes it from the table after a while.
  query(tx,
        "UPDATE messaging.parked_message SET state = 'RETRYING', attempts = 0,"
        " due_at = clock_timestamp() + interval '5 minutes' WHERE consumer = $1 AND event_id = $2",
        letter->consumer, letter->event_id);
  query(tx,
        "INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,"
        " occurred_at, correlation_id, traceparent, body)"
        " VALUES ($1, $2, $3, '', $4, $5, clock_timestamp(), $6, nullif($7, ''), $8)",
        letter->tenant_id, letter->event_id, letter->event_type, letter->queue, letter->entity_key,
        letter->correlation_id, letter->traceparent, letter->body);
  resolve(tx, id, "RETRIED", "");
  return {};
}

outcome<void> discard_dead_letter(pqxx::transaction_base& tx, const uuid& id, const std::string& reason) {
  auto letter = lock_open(tx, id);
  if (!letter)
    return letter.error();
  if (letter->readable) {
    auto event = uuid::parse(letter->event_id).value();
    claim_events(tx, letter->consumer, {&event, 1});  // a stray copy of it must not be handled either
    release_key(tx, letter->consumer, uuid::parse(letter->entity_key).value(), event);
  }
  resolve(tx, id, "DISCARDED", reason);
  return {};
}

}  // namespace musterd
