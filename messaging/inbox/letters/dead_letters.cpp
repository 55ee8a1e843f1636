#include "messaging/inbox/letters/dead_letters.hpp"

#include "common/json/json_write.hpp"
#include "common/text/hex.hpp"
#include "messaging/alerts.hpp"
#include "messaging/inbox/storable_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>

namespace musterd {
namespace {

/// How much is kept of a body that is no event.
constexpr std::size_t raw_kept = 64 * 1024;

operator_alert alert_about_message(const consumer_spec& consumer, const received_event& message,
                                   const burial& how, const std::string& error, const uuid& id) {
  boost::json::object details{{"deadLetterId", to_string(id)},
                              {"queue", consumer.queue},
                              {"consumer", consumer.name},
                              {"reason", enum_name(how.reason)},
                              {"eventType", message.broken ? message.raw.type : message.event.event_type},
                              {"error", error}};
  if (!message.broken)
    details["eventId"] = to_string(message.event.event_id);
  return {uuid::generate(),
          how.blocks ? alert_severity::critical : alert_severity::warning,
          "DEAD_LETTER",
          fmt::format("A message of {} went to the dead letters: {}.", consumer.queue, enum_name(how.reason)),
          {boost::json::serialize(details)},
          message.broken ? message.raw.correlation_id : storable_text(message.event.correlation_id),
          wall_clock_now()};
}

}  // namespace

uuid bury(pqxx::transaction_base& tx, const consumer_spec& consumer, const received_event& message,
          const burial& how, messaging_stats& stats) {
  auto id = uuid::generate();
  auto error = storable_error(how.error);
  const auto& event = message.event;
  bool readable = !message.broken;
  bool whole = readable && message.raw.body.size() <= how.kept;
  auto if_readable = [&](std::string text) { return readable ? std::move(text) : std::string{}; };
  tx.exec_params(
      "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key,"
      " routing_key, correlation_id, traceparent, reason, error, headers, body, raw_body, body_size, "
      "attempts,"
      " first_failed_at, content) VALUES ($1, nullif($2, '')::uuid, $3, $4, nullif($5, '')::uuid, nullif($6, "
      "''),"
      " nullif($7, '')::uuid, $8, nullif($9, ''), nullif($10, ''), $11, $12, $13::jsonb,"
      " CASE WHEN $14 THEN $15 END, CASE WHEN NOT $14 THEN $16::bytea END, $17, $18, coalesce((SELECT"
      " first_failed_at FROM messaging.parked_message WHERE consumer = $4 AND event_id = nullif($5, '')::uuid"
      " AND tenant_id = nullif($2, '')::uuid), now()), decode(nullif($19, ''), 'hex'))",
      to_string(id), if_readable(to_string(event.tenant_id)), consumer.queue, consumer.name,
      if_readable(to_string(event.event_id)), readable ? storable_text(event.event_type) : message.raw.type,
      if_readable(to_string(message.named_key())), storable_text(message.raw.routing_key),
      readable ? storable_text(event.correlation_id) : message.raw.correlation_id, message.event.traceparent,
      std::string{enum_name(how.reason)}, error, boost::json::serialize(message.raw.headers), whole,
      whole ? message.raw.body : std::string{},
      whole ? std::string{}
            : "\\x" + to_hex(std::string_view{message.raw.body}.substr(0, std::min(raw_kept, how.kept))),
      static_cast<std::int64_t>(message.raw.body_size), how.attempts, message.content);
  if (how.alert)
    raise_alert(tx, readable ? event.tenant_id : tenant_uuid{},
                alert_about_message(consumer, message, how, error, id), stats);
  ++stats.dead_lettered[static_cast<std::size_t>(how.reason)];
  return id;
}

}  // namespace musterd
