#pragma once

#include "domain/kernel/context.hpp"
#include "domain/kernel/table.hpp"

namespace musterd {

/// An integration event in the outbox. `body` is the complete envelope (D-76), which the relay publishes
/// unparsed.
struct outgoing_event {
  event_uuid event_id;
  std::string event_type;
  std::string exchange;
  std::string routing_key;
  /// Messages with the same key keep their order.
  uuid entity_key;
  timestamp occurred_at{};
  std::string correlation_id;
  std::optional<std::string> traceparent;
  std::string body;
};
BOOST_DESCRIBE_STRUCT(outgoing_event, (),
                      (event_id, event_type, exchange, routing_key, entity_key, occurred_at, correlation_id,
                       traceparent, body))
template <>
struct table_of<outgoing_event> : insert_table<"messaging.outbox", "event_id"> {};

/// The envelope that consumers parse first; `payload` depends on `event_type`.
struct event_envelope {
  event_uuid event_id;
  std::string event_type;
  timestamp occurred_at{};
  std::string producer;
  std::int64_t schema_version = 1;
  tenant_uuid tenant_id;
  std::string correlation_id;
  raw_json payload;
  /// Sent in a header, not in the body.
  std::string traceparent = {};
};
BOOST_DESCRIBE_STRUCT(event_envelope, (),
                      (event_id, event_type, occurred_at, producer, schema_version, tenant_id, correlation_id,
                       payload))

inline constexpr std::string_view event_producer = "people-service";

/// Where an event type goes: "BreakStarted" → people.events, people.break.started.v1.
struct event_route {
  std::string_view event_type;
  std::string_view exchange;
  std::string_view routing_key;
};

outgoing_event make_event(const request_context& ctx, const event_route& route, event_uuid event_id,
                          uuid entity_key, std::string payload_json);

}  // namespace musterd
