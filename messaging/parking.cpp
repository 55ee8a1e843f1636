#include "messaging/parking.hpp"

#include "common/json_write.hpp"
#include "messaging/database_session.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <limits>

namespace musterd {
namespace {

std::string_view state_name(head_state state) {
  switch (state) {
    case head_state::ready: return "READY";
    case head_state::retrying: return "RETRYING";
    case head_state::dead: break;
  }
  return "DEAD";
}

head_state state_from(std::string_view name) {
  if (name == "DEAD")
    return head_state::dead;
  return name == "RETRYING" ? head_state::retrying : head_state::ready;
}

std::string array_text(std::span<const uuid> ids) {
  std::string result = "{";
  for (const auto& id : ids) {
    if (result.size() > 1)
      result += ',';
    append_to(result, id);
  }
  return result += '}';
}

void append_row(std::string& out, const received_event& message) {
  out += "{\"entity_key\":";
  write_json(out, message.key);
  out += ",\"event_id\":";
  write_json(out, message.event.event_id);
  out += ",\"routing_key\":";
  append_json_string(out, storable_text(message.raw.routing_key));
  out += ",\"traceparent\":";
  append_json_string(out, message.traceparent);
  out += ",\"headers\":";
  out += boost::json::serialize(message.raw.headers);
  out += ",\"body\":";
  append_json_string(out, message.raw.body);
  out += '}';
}

}  // namespace

std::unordered_map<uuid, parked_head> blocked_heads(pqxx::transaction_base& tx, const std::string& consumer,
                                                    std::span<const uuid> keys) {
  auto found =
      query(tx,
            "SELECT entity_key, event_id, state, attempts FROM messaging.parked_message"
            " WHERE consumer = $1 AND entity_key = ANY ($2::uuid[]) AND state <> 'WAITING' FOR SHARE",
            consumer, array_text(keys));
  std::unordered_map<uuid, parked_head> heads;
  for (const auto& row : found)
    heads[uuid::parse(row[0].c_str()).value()] = {uuid::parse(row[1].c_str()).value(),
                                                  state_from(row[2].c_str()), row[3].as<int>()};
  return heads;
}

void park_messages(pqxx::transaction_base& tx, const std::string& consumer,
                   std::span<const received_event* const> messages) {
  if (messages.empty())
    return;
  std::string rows = "[";
  for (const auto* message : messages) {
    if (rows.size() > 1)
      rows += ',';
    append_row(rows, *message);
  }
  rows += ']';
  // Positions are given in the order of the array.
  query(
      tx,
      "INSERT INTO messaging.parked_message (consumer, entity_key, event_id, state, routing_key, traceparent,"
      " headers, body) SELECT $1, entity_key, event_id, 'WAITING', routing_key, nullif(traceparent, ''), "
      "headers,"
      " body FROM ROWS FROM (json_to_recordset($2::json) AS (entity_key uuid, event_id uuid, routing_key "
      "text,"
      " traceparent text, headers jsonb, body text)) WITH ORDINALITY AS t (entity_key, event_id, routing_key,"
      " traceparent, headers, body, nth) ORDER BY nth ON CONFLICT (consumer, event_id) DO NOTHING",
      consumer, rows);
}

void block_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& message,
               head_state state, int attempts, const std::string& error, std::chrono::milliseconds due) {
  query(tx,
        "INSERT INTO messaging.parked_message (consumer, entity_key, event_id, state, attempts, last_error,"
        " first_failed_at, due_at, routing_key, traceparent, headers, body)"
        " VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp() + make_interval(secs => $7 / "
        "1000.0),"
        " $8, nullif($9, ''), $10::jsonb, $11) ON CONFLICT (consumer, event_id) DO UPDATE SET state = "
        "excluded.state,"
        " attempts = excluded.attempts, last_error = excluded.last_error, due_at = excluded.due_at,"
        " first_failed_at = coalesce(parked_message.first_failed_at, excluded.first_failed_at)",
        consumer, to_string(message.key), to_string(message.event.event_id), std::string{state_name(state)},
        attempts, storable_text(error), static_cast<std::int64_t>(due.count()),
        storable_text(message.raw.routing_key), message.traceparent,
        boost::json::serialize(message.raw.headers), message.raw.body);
}

bool release_key(pqxx::transaction_base& tx, const std::string& consumer, const uuid& key,
                 const uuid& event_id) {
  return query(tx, "SELECT messaging.release_key($1, $2, $3)", consumer, to_string(key),
               to_string(event_id))[0][0]
      .as<bool>();
}

std::vector<received_event> runnable_heads(pqxx::transaction_base& tx, const consumer_spec& consumer,
                                           int limit) {
  auto found = query(tx,
                     "SELECT routing_key, headers, body FROM messaging.parked_message WHERE consumer = $1"
                     " AND (state = 'READY' OR (state = 'RETRYING' AND due_at < clock_timestamp()))"
                     " ORDER BY position LIMIT $2",
                     consumer.name, limit);
  std::vector<received_event> heads;
  for (const auto& row : found) {
    amqp_delivery raw;
    raw.routing_key = row[0].c_str();
    raw.headers = boost::json::parse(row[1].c_str()).as_object();
    raw.body = row[2].c_str();
    raw.body_size = raw.body.size();
    heads.push_back(read_delivery(std::move(raw), std::numeric_limits<std::size_t>::max(), consumer.ordered));
  }
  return heads;
}

}  // namespace musterd
