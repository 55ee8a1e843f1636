#include "tests/http/event_tap.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr amqp_channel_t channel = 1;

std::string text(amqp_bytes_t from) {
  return {static_cast<const char*>(from.bytes), from.len};
}

tapped_message read(const amqp_envelope_t& envelope) {
  const auto& p = envelope.message.properties;
  tapped_message result;
  result.exchange = text(envelope.exchange);
  result.routing_key = text(envelope.routing_key);
  if (p._flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
    result.content_type = text(p.content_type);
  if (p._flags & AMQP_BASIC_MESSAGE_ID_FLAG)
    result.message_id = text(p.message_id);
  if (p._flags & AMQP_BASIC_TYPE_FLAG)
    result.type = text(p.type);
  if (p._flags & AMQP_BASIC_CORRELATION_ID_FLAG)
    result.correlation_id = text(p.correlation_id);
  if (p._flags & AMQP_BASIC_TIMESTAMP_FLAG)
    result.timestamp = static_cast<std::int64_t>(p.timestamp);
  if (p._flags & AMQP_BASIC_DELIVERY_MODE_FLAG)
    result.delivery_mode = p.delivery_mode;
  if (p._flags & AMQP_BASIC_HEADERS_FLAG)
    for (int i = 0; i < p.headers.num_entries; ++i)
      if (const auto& e = p.headers.entries[i]; e.value.kind == AMQP_FIELD_KIND_UTF8)
        result.headers[text(e.key)] = text(e.value.value.bytes);
  boost::system::error_code error;
  result.body = boost::json::parse(text(envelope.message.body), error);
  return result;
}

}  // namespace

struct event_tap::connection {
  amqp_connection_state_t state = amqp_new_connection();

  ~connection() { amqp_destroy_connection(state); }
  void check(const char* what) const {
    if (amqp_get_rpc_reply(state).reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error{what};
  }
};

namespace {

void open_channel(amqp_connection_state_t state, const std::string& amqp_url) {
  auto url = amqp_url;
  amqp_connection_info info;
  amqp_default_connection_info(&info);
  auto* socket = amqp_tcp_socket_new(state);
  if (amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK || socket == nullptr ||
      amqp_socket_open(socket, info.host, info.port) != AMQP_STATUS_OK ||
      amqp_login(state, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password)
              .reply_type != AMQP_RESPONSE_NORMAL)
    throw std::runtime_error{"the broker cannot be used"};
  amqp_channel_open(state, channel);
}

}  // namespace

bool is_queue(const std::string& amqp_url, const std::string& name) {
  event_tap::connection broker;
  open_channel(broker.state, amqp_url);
  return amqp_queue_declare(broker.state, channel, amqp_cstring_bytes(name.c_str()), 1, 0, 0, 0,
                            amqp_empty_table) != nullptr;
}

event_tap::event_tap(const std::string& amqp_url, const std::string& exchange)
    : broker_{std::make_unique<connection>()} {
  auto state = broker_->state;
  open_channel(state, amqp_url);
  broker_->check("no channel");
  auto* queue = amqp_queue_declare(state, channel, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
  broker_->check("no queue");
  auto name = amqp_bytes_malloc_dup(queue->queue);
  amqp_queue_bind(state, channel, name, amqp_cstring_bytes(exchange.c_str()), amqp_cstring_bytes("#"),
                  amqp_empty_table);
  broker_->check("the exchange is not there");
  amqp_basic_consume(state, channel, name, amqp_empty_bytes, 0, 1, 1, amqp_empty_table);
  amqp_bytes_free(name);
  broker_->check("the queue cannot be read");
}

event_tap::~event_tap() = default;

std::vector<tapped_message> event_tap::take(const std::string& key, std::size_t count,
                                            std::chrono::milliseconds limit) {
  std::vector<tapped_message> result;
  auto end = std::chrono::steady_clock::now() + limit;
  while (result.size() < count && std::chrono::steady_clock::now() < end) {
    amqp_envelope_t envelope;
    timeval wait{0, 100'000};
    amqp_maybe_release_buffers(broker_->state);
    auto reply = amqp_consume_message(broker_->state, &envelope, &wait, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)
      continue;
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error{"the connection to the broker ended"};
    auto message = read(envelope);
    amqp_destroy_envelope(&envelope);
    if (message.headers["key"] == key)
      result.push_back(std::move(message));
  }
  return result;
}

void event_tap::publish(const std::string& exchange, const std::string& routing_key, const std::string& key,
                        const boost::json::value& body) {
  auto text = boost::json::serialize(body);
  amqp_table_entry_t header{amqp_cstring_bytes("key"), {}};
  header.value.kind = AMQP_FIELD_KIND_UTF8;
  header.value.value.bytes = amqp_cstring_bytes(key.c_str());
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.headers = {1, &header};
  properties.delivery_mode = 2;
  if (amqp_basic_publish(broker_->state, channel, amqp_cstring_bytes(exchange.c_str()),
                         amqp_cstring_bytes(routing_key.c_str()), 0, 0, &properties,
                         amqp_bytes_t{text.size(), text.data()}) != AMQP_STATUS_OK)
    throw std::runtime_error{"the broker did not take a message"};
}

}  // namespace musterd::testing
