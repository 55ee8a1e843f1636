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
  explicit connection(std::string url);
  ~connection() { amqp_destroy_connection(state); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  amqp_connection_state_t state = amqp_new_connection();
  void check(const char* what) const {
    if (amqp_get_rpc_reply(state).reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error{what};
  }
};

event_tap::connection::connection(std::string url) {
  amqp_connection_info info;
  amqp_default_connection_info(&info);
  auto* socket = amqp_tcp_socket_new(state);
  if (amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK || socket == nullptr ||
      amqp_socket_open(socket, info.host, info.port) != AMQP_STATUS_OK ||
      amqp_login(state, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password)
              .reply_type != AMQP_RESPONSE_NORMAL)
    throw std::runtime_error{"the broker cannot be used"};
  amqp_channel_open(state, channel);
  check("no channel");
}

event_tap::event_tap(const std::string& amqp_url, const std::string& exchange)
    : broker_{std::make_unique<connection>(amqp_url)} {
  auto state = broker_->state;
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

bool event_tap::publish(const std::string& amqp_url, const std::string& exchange,
                        const std::string& routing_key, const std::string& key, const std::string& body) {
  connection broker{amqp_url};
  amqp_table_entry_t header{amqp_cstring_bytes("key"), {}};
  header.value.kind = AMQP_FIELD_KIND_UTF8;
  header.value.value.bytes = amqp_cstring_bytes(key.c_str());
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = {1, &header};
  amqp_confirm_select(broker.state, channel);
  if (amqp_basic_publish(broker.state, channel, amqp_cstring_bytes(exchange.c_str()),
                         amqp_cstring_bytes(routing_key.c_str()), 1, 0, &properties,
                         {body.size(), const_cast<char*>(body.data())}) != AMQP_STATUS_OK)
    throw std::runtime_error{"the message was not published"};
  for (bool returned = false;;) {
    amqp_frame_t frame;
    timeval wait{30, 0};
    if (amqp_simple_wait_frame_noblock(broker.state, &frame, &wait) != AMQP_STATUS_OK)
      throw std::runtime_error{"the message was not confirmed"};
    if (frame.frame_type != AMQP_FRAME_METHOD)
      continue;
    auto method = frame.payload.method.id;
    returned = returned || method == AMQP_BASIC_RETURN_METHOD;
    if (method == AMQP_BASIC_ACK_METHOD || method == AMQP_CHANNEL_CLOSE_METHOD)
      return method == AMQP_BASIC_ACK_METHOD && !returned;
  }
}

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

}  // namespace musterd::testing
