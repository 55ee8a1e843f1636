#include "messaging/inbox/received_event.hpp"

#include "common/observation/trace.hpp"
#include "messaging/inbox/envelope_limits.hpp"
#include "messaging/inbox/event_payload.hpp"

#include <boost/json/serialize.hpp>

#include <charconv>

namespace musterd {

/// What we require of a neighbour's envelope.
struct incoming_envelope {
  event_uuid event_id;
  std::string event_type;
  timestamp occurred_at{};
  std::optional<std::string> producer;
  std::optional<std::int64_t> schema_version;
  tenant_uuid tenant_id;
  std::optional<std::string> correlation_id;
  raw_json payload;
};
BOOST_DESCRIBE_STRUCT(incoming_envelope, (),
                      (event_id, event_type, occurred_at, producer, schema_version, tenant_id, correlation_id,
                       payload))

std::string_view header_text(const amqp_delivery& raw, std::string_view name) {
  const auto* found = raw.headers.if_contains(name);
  return found && found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
}

namespace {

int number_in_header(const amqp_delivery& raw, std::string_view name) {
  auto text = header_text(raw, name);
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

fault too_long_or_unprintable(std::string_view field) {
  return validation_failed(
      {{std::string{field},
        fmt::format("{} must have 1 to {} printable ASCII characters.", field, longest_name)}});
}

outcome<void> check_limits(const incoming_envelope& in) {
  // It belongs to nobody, and counts for all tenants in the inbox.
  if (in.tenant_id.value.is_nil())
    return validation_failed({{"tenantId", "tenantId must not be nil."}});
  if (!is_plain_name(in.event_type))
    return too_long_or_unprintable("eventType");
  if (in.producer && !in.producer->empty() && !is_plain_name(*in.producer))
    return too_long_or_unprintable("producer");
  if (in.correlation_id && !in.correlation_id->empty() && !is_plain_name(*in.correlation_id))
    return too_long_or_unprintable("correlationId");
  return {};
}

outcome<event_envelope> read_envelope(const std::string& body) {
  auto document = parse_json(body);
  if (!document)
    return document.error();
  auto read = read_leniently<incoming_envelope>(std::move(*document));
  if (!read)
    return read.error();
  auto& in = *read;
  if (auto limits = check_limits(in); !limits)
    return limits.error();
  auto correlation_id = in.correlation_id.value_or("");
  if (correlation_id.empty())
    correlation_id = to_string(in.event_id);
  return event_envelope{in.event_id,
                        std::move(in.event_type),
                        in.occurred_at,
                        in.producer.value_or(""),
                        in.schema_version.value_or(1),
                        in.tenant_id,
                        std::move(correlation_id),
                        std::move(in.payload)};
}

}  // namespace

uuid received_event::named_key() const {
  return uuid::parse(header_text(raw, key_header)).value_or(key);
}

received_event read_delivery(amqp_delivery raw, std::size_t max_body, bool ordered) {
  received_event result;
  result.raw = std::move(raw);
  result.header_bytes = boost::json::serialize(result.raw.headers).size();
  auto parent = header_text(result.raw, traceparent_header);
  if (is_plain_name(parent))
    result.event.traceparent = parent;
  if (result.raw.body_size > max_body) {
    result.broken = {dead_reason::oversize,
                     fmt::format("{} bytes, more than {}", result.raw.body_size, max_body)};
    return result;
  }
  auto event = read_envelope(result.raw.body);
  if (!event) {
    result.broken = {dead_reason::malformed, described(event.error())};
    return result;
  }
  result.event = std::move(*event);
  result.attempts = number_in_header(result.raw, attempts_header);
  auto own_key = result.event.event_id.value;
  // Without one it starts its own trace, the same at every attempt.
  result.event.traceparent = is_traceparent(parent) ? std::string{parent} : traceparent_for(own_key);
  result.key = ordered ? uuid::parse(header_text(result.raw, key_header)).value_or(own_key) : own_key;
  return result;
}

}  // namespace musterd
