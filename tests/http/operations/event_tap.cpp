#include "tests/http/operations/event_tap.hpp"

namespace musterd::testing {
namespace {

tapped_message read(const amqp_envelope_t& envelope) {
  const auto& p = envelope.message.properties;
  tapped_message result;
  result.exchange = text_of(envelope.exchange);
  result.routing_key = text_of(envelope.routing_key);
  if (p._flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
    result.content_type = text_of(p.content_type);
  if (p._flags & AMQP_BASIC_MESSAGE_ID_FLAG)
    result.message_id = text_of(p.message_id);
  if (p._flags & AMQP_BASIC_TYPE_FLAG)
    result.type = text_of(p.type);
  if (p._flags & AMQP_BASIC_CORRELATION_ID_FLAG)
    result.correlation_id = text_of(p.correlation_id);
  if (p._flags & AMQP_BASIC_TIMESTAMP_FLAG)
    result.timestamp = static_cast<std::int64_t>(p.timestamp);
  if (p._flags & AMQP_BASIC_DELIVERY_MODE_FLAG)
    result.delivery_mode = p.delivery_mode;
  if (p._flags & AMQP_BASIC_HEADERS_FLAG)
    for (int i = 0; i < p.headers.num_entries; ++i)
      if (const auto& e = p.headers.entries[i]; e.value.kind == AMQP_FIELD_KIND_UTF8)
        result.headers[text_of(e.key)] = text_of(e.value.value.bytes);
  boost::system::error_code error;
  result.body = boost::json::parse(text_of(envelope.message.body), error);
  return result;
}

}  // namespace

event_tap::event_tap(const std::string& amqp_url, const std::string& exchange, const std::string& command)
    : broker_{amqp_url} {
  constexpr auto channel = broker_link::channel;
  auto* queue = amqp_queue_declare(broker_, channel, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
  broker_.check("no queue");
  auto name = text_of(queue->queue);
  amqp_exchange_declare(broker_, channel, amqp_text(exchange),
                        amqp_cstring_bytes(command.empty() ? "topic" : "direct"), 0, 1, 0, 0,
                        amqp_empty_table);
  broker_.check("no exchange");
  amqp_queue_bind(broker_, channel, amqp_text(name), amqp_text(exchange),
                  amqp_text(command.empty() ? "#" : command), amqp_empty_table);
  broker_.check("the queue cannot be bound");
  amqp_basic_consume(broker_, channel, amqp_text(name), amqp_empty_bytes, 0, 1, 0, amqp_empty_table);
  broker_.check("the queue cannot be read");
}

std::vector<tapped_message> event_tap::take(const std::string& key, std::size_t count,
                                            std::chrono::milliseconds limit) {
  std::vector<tapped_message> result;
  auto end = std::chrono::steady_clock::now() + limit;
  while (result.size() < count && std::chrono::steady_clock::now() < end) {
    auto envelope = broker_.next(std::chrono::milliseconds{100});
    if (!envelope)
      continue;
    auto message = read(*envelope);
    amqp_destroy_envelope(&*envelope);
    if (message.headers["key"] == key)
      result.push_back(std::move(message));
  }
  return result;
}

}  // namespace musterd::testing
