#include "messaging/inbox/parking.hpp"

#include "common/json/json_read.hpp"
#include "common/json/json_write.hpp"
#include "messaging/inbox/storable_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>

#include <limits>
#include <optional>
#include <set>

namespace musterd {
namespace {

/// Room taken by a waiting row.
const auto room_taken = fmt::format("octet_length(body) + pg_column_size(headers) + {}", row_cost);

std::string_view state_name(head_state state) {
  switch (state) {
    case head_state::ready: return "READY";
    case head_state::retrying: return "RETRYING";
    case head_state::locked: return "LOCKED";
    case head_state::dead: break;
  }
  return "DEAD";
}

head_state state_from(std::string_view name) {
  if (name == "DEAD")
    return head_state::dead;
  if (name == "LOCKED")
    return head_state::locked;
  return name == "RETRYING" ? head_state::retrying : head_state::ready;
}

void append_row(std::string& out, const received_event& message) {
  out += "{\"tenant_id\":";
  write_json(out, message.event.tenant_id);
  out += ",\"entity_key\":";
  write_json(out, message.key);
  out += ",\"event_id\":";
  write_json(out, message.event.event_id);
  out += ",\"routing_key\":";
  append_json_string(out, storable_text(message.raw.routing_key));
  out += ",\"traceparent\":";
  append_json_string(out, message.event.traceparent);
  out += ",\"content\":";
  append_json_string(out, message.content);
  out += ",\"headers\":";
  out += boost::json::serialize(message.raw.headers);
  out += ",\"body\":";
  append_json_string(out, message.raw.body);
  out += '}';
}

std::set<owned_id> there_already(pqxx::transaction_base& tx, const std::string& consumer,
                                 std::span<const owned_id> events) {
  owned_arrays of{events};
  std::set<owned_id> result;
  for (const auto& row :
       tx.exec_params("SELECT tenant_id, event_id FROM messaging.parked_message WHERE consumer = $1"
                      " AND event_id = ANY ($3::uuid[]) AND (tenant_id, event_id) IN"
                      " (SELECT * FROM unnest($2::uuid[], $3::uuid[]))",
                      consumer, of.tenants, of.ids))
    result.insert({uuid::parse(row[0].c_str()).value(), uuid::parse(row[1].c_str()).value()});
  return result;
}

}  // namespace

std::map<owned_id, parked_head> blocked_heads(pqxx::transaction_base& tx, const std::string& consumer,
                                              std::span<const owned_id> keys) {
  owned_arrays of{keys};
  // The snapshot still shows heads that others have locked.
  auto found = tx.exec_params(
      "WITH heads AS (SELECT position, entity_key, event_id, tenant_id FROM messaging.parked_message"
      " WHERE consumer = $1 AND entity_key = ANY ($3::uuid[]) AND (tenant_id, entity_key) IN"
      " (SELECT * FROM unnest($2::uuid[], $3::uuid[])) AND state <> 'WAITING'),"
      " ours AS (SELECT position, state, attempts FROM messaging.parked_message"
      " WHERE position = ANY (ARRAY(SELECT position FROM heads)) FOR UPDATE SKIP LOCKED)"
      " SELECT entity_key, event_id, coalesce(state, 'LOCKED'), coalesce(attempts, 0), tenant_id"
      " FROM heads LEFT JOIN ours USING (position)",
      consumer, of.tenants, of.ids);
  std::map<owned_id, parked_head> heads;
  for (const auto& row : found)
    heads[{uuid::parse(row[4].c_str()).value(), uuid::parse(row[0].c_str()).value()}] = {
        uuid::parse(row[1].c_str()).value(), state_from(row[2].c_str()), row[3].as<int>()};
  return heads;
}

std::vector<const received_event*> drop_messages_without_room(pqxx::transaction_base& tx,
                                                              const std::string& consumer,
                                                              std::vector<const received_event*>& messages) {
  std::vector<const received_event*> dropped;
  if (messages.empty())
    return dropped;
  std::vector<owned_id> keys, ids;
  for (const auto* message : messages) {
    keys.push_back(message->owned_key());
    ids.push_back(message->id());
  }
  owned_arrays of{keys};
  std::map<owned_id, std::size_t> of_key;
  for (const auto& row :
       tx.exec_params(fmt::format("SELECT tenant_id, entity_key, sum({})"
                                  " FROM messaging.parked_message WHERE consumer = $1"
                                  " AND entity_key = ANY ($3::uuid[]) AND (tenant_id, entity_key) IN"
                                  " (SELECT * FROM unnest($2::uuid[], $3::uuid[])) GROUP BY 1, 2",
                                  room_taken),
                      consumer, of.tenants, of.ids))
    of_key[{uuid::parse(row[0].c_str()).value(), uuid::parse(row[1].c_str()).value()}] =
        row[2].as<std::size_t>();
  auto in_all = tx.exec_params(fmt::format("SELECT coalesce(sum({}), 0)"
                                           " FROM messaging.parked_message WHERE consumer = $1",
                                           room_taken),
                               consumer)[0][0]
                    .as<std::size_t>();
  std::optional<std::set<owned_id>> there;
  std::erase_if(messages, [&](const auto* message) {
    auto size = message->size() + row_cost;
    auto& waiting = of_key[message->owned_key()];
    if (waiting + size <= key_room && in_all + size <= consumer_room) {
      waiting += size;
      in_all += size;
      return false;
    }
    if (!there)
      there = there_already(tx, consumer, ids);
    if (there->contains(message->id()))
      return false;
    dropped.push_back(message);
    return true;
  });
  return dropped;
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
  // Positions follow the order of the array.
  tx.exec_params(
      "INSERT INTO messaging.parked_message (consumer, tenant_id, entity_key, event_id, state, routing_key,"
      " traceparent, headers, body, content) SELECT $1, tenant_id, entity_key, event_id, 'WAITING', "
      "routing_key, "
      "nullif(traceparent, ''), "
      "headers,"
      " body, decode(nullif(content, ''), 'hex') FROM ROWS FROM (json_to_recordset($2::json) AS (tenant_id "
      "uuid, entity_key uuid, event_id uuid, "
      "routing_key "
      "text,"
      " traceparent text, content text, headers jsonb, body text)) WITH ORDINALITY AS t (tenant_id, "
      "entity_key, event_id, "
      "routing_key,"
      " traceparent, content, headers, body, nth) ORDER BY nth ON CONFLICT (consumer, event_id, tenant_id) "
      "DO NOTHING",
      consumer, rows);
}

void block_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& message,
               head_state state, int attempts, const std::string& error, std::chrono::milliseconds due) {
  tx.exec_params(
      "INSERT INTO messaging.parked_message (consumer, entity_key, event_id, state, attempts, last_error,"
      " first_failed_at, due_at, routing_key, traceparent, headers, body, tenant_id, content)"
      " VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp() + make_interval(secs => $7 / "
      "1000.0),"
      " $8, nullif($9, ''), $10::jsonb, $11, $12, decode(nullif($13, ''), 'hex')) ON CONFLICT (consumer, "
      "event_id, tenant_id) DO UPDATE "
      "SET state = "
      "excluded.state,"
      " attempts = excluded.attempts, last_error = excluded.last_error, due_at = excluded.due_at,"
      " first_failed_at = coalesce(parked_message.first_failed_at, excluded.first_failed_at)",
      consumer, to_string(message.key), to_string(message.event.event_id), std::string{state_name(state)},
      attempts, storable_error(error), static_cast<std::int64_t>(due.count()),
      storable_text(message.raw.routing_key), message.event.traceparent,
      boost::json::serialize(message.raw.headers), message.raw.body, to_string(message.event.tenant_id),
      message.content);
}

bool release_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& head) {
  return tx
      .exec_params("SELECT messaging.release_key($1, $2, $3, $4)", consumer, to_string(head.event.tenant_id),
                   to_string(head.key), to_string(head.event.event_id))[0][0]
      .as<bool>();
}

void end_order(pqxx::transaction_base& tx, const std::string& consumer) {
  // A row whose event id is another row's key waits for the next round.
  while (tx.exec_params(
               "UPDATE messaging.parked_message p SET entity_key = event_id,"
               " state = CASE state WHEN 'WAITING' THEN 'READY' ELSE state END"
               " WHERE consumer = $1 AND entity_key <> event_id AND NOT EXISTS"
               " (SELECT FROM messaging.parked_message o WHERE o.consumer = $1 AND o.tenant_id = p.tenant_id"
               " AND o.entity_key = p.event_id AND o.position <> p.position)",
               consumer)
             .affected_rows() > 0)
    ;
}

std::vector<received_event> runnable_heads(pqxx::transaction_base& tx, const consumer_spec& consumer,
                                           int limit) {
  auto found = tx.exec_params("SELECT routing_key, headers, body, tenant_id, entity_key, event_id,"
                              " encode(content, 'hex')"
                              " FROM messaging.parked_message WHERE consumer = $1"
                              " AND (state = 'READY' OR (state = 'RETRYING' AND due_at < clock_timestamp()))"
                              " ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED",
                              consumer.name, limit);
  std::vector<received_event> heads;
  for (const auto& row : found) {
    amqp_delivery raw;
    raw.routing_key = row[0].c_str();
    if (auto headers = parse_json(row[1].as<std::string>()); headers && headers->is_object())
      raw.headers = headers->as_object();
    raw.body = row[2].c_str();
    raw.body_size = raw.body.size();
    auto head = read_delivery(std::move(raw), std::numeric_limits<std::size_t>::max(), consumer.ordered);
    head.event.tenant_id = {uuid::parse(row[3].c_str()).value()};
    head.key = uuid::parse(row[4].c_str()).value();
    head.event.event_id = {uuid::parse(row[5].c_str()).value()};
    head.content = row[6].c_str();
    heads.push_back(std::move(head));
  }
  return heads;
}

}  // namespace musterd
