#include "common/observation/trace.hpp"
#include "domain/job_timer/stop_job_timers.hpp"
#include "http/message/text.hpp"
#include "messaging/amqp/amqp_codec.hpp"
#include "messaging/inbox/envelope_limits.hpp"
#include "messaging/inbox/event_payload.hpp"
#include "messaging/inbox/received_event.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/support/json_values.hpp"

#include <memory>

using namespace musterd;
using fuzz::require;
using testing::values_in;

namespace {

constexpr std::size_t most_body_bytes = 2048;

/// Headers as the broker sends them, an AMQP-encoded table; nothing if they do not decode.
std::optional<boost::json::object> headers_in(std::string_view encoded) {
  amqp_pool_t memory;
  init_amqp_pool(&memory, 4096);
  std::unique_ptr<amqp_pool_t, void (*)(amqp_pool_t*)> owner{&memory, empty_amqp_pool};
  amqp_table_t table{};
  std::size_t used = 0;
  if (amqp_decode_table(amqp_codec::bytes(encoded), &memory, &table, &used) != AMQP_STATUS_OK)
    return std::nullopt;
  return amqp_codec::kept_headers(table);
}

bool same(const event_envelope& a, const event_envelope& b) {
  return to_json(a) == to_json(b) && a.traceparent == b.traceparent;
}

void check_event(const received_event& read, bool ordered) {
  const auto& event = read.event;
  require(is_plain_name(event.event_type) && is_plain_name(event.correlation_id), "names are plain");
  require(event.producer.empty() || is_plain_name(event.producer), "names are plain");
  require(!event.tenant_id.value.is_nil(), "an event is somebody's");
  require(is_traceparent(event.traceparent), "an event has a trace");
  require(ordered || read.key == event.event_id.value, "without an order every event has its own key");
  require(!detail::has_nul(event.payload.text) && parse_json(event.payload.text), "a payload can be stored");
  auto again = read.raw;
  again.body = to_json(event);
  again.body_size = again.body.size();
  require(same(read_delivery(std::move(again), 64 * most_body_bytes, ordered).event, event),
          "an event survives writing");
  auto command = read_payload<stop_job_timers>(event);
  require(command || !command.error().message.empty(), "a payload that is refused says why");
}

}  // namespace

/// One delivery: a byte of switches, two for the length of the headers, the headers, the body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3)
    return 0;
  auto rest = fuzz::text_of(data + 3, size - 3);
  auto length = std::min<std::size_t>(data[1] * 256u + data[2], rest.size());
  bool ordered = data[0] % 2 != 0;
  amqp_delivery raw;
  if (auto headers = headers_in(rest.substr(0, length))) {
    auto stored = boost::json::serialize(*headers);
    require(is_utf8(stored) && !detail::has_nul(stored), "headers can be stored");
    require(parse_json(stored).has_value(), "stored headers can be read again");
    // Besides what was kept: the headers a message is handled by, the note, and the object itself.
    constexpr auto ours = handled_by.size() + 2;
    require(stored.size() <= amqp_codec::kept_header_bytes + 1024, "little is kept of headers");
    require(values_in(*headers) <= amqp_codec::kept_header_values + ours, "few values are kept of headers");
    raw.headers = std::move(*headers);
  }
  raw.body = rest.substr(length);
  raw.body_size = raw.body.size() + data[0] / 2;
  auto read = read_delivery(std::move(raw), most_body_bytes, ordered);
  bool oversize = read.broken && read.broken->reason == dead_reason::oversize;
  require(oversize == (read.raw.body_size > most_body_bytes), "what is too large is told by its size");
  if (read.broken)
    require(!read.broken->error.empty() && read.event.event_type.empty(), "what is broken says why");
  else
    check_event(read, ordered);
  return 0;
}
