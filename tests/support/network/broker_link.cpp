#include "tests/support/network/broker_link.hpp"

#include <sys/time.h>

#include <stdexcept>

namespace musterd::testing {
namespace {

timeval after(std::chrono::milliseconds time) {
  return {time.count() / 1000, (time.count() % 1000) * 1000};
}

}  // namespace

broker_link::broker_link(std::string amqp_url) : state_{amqp_new_connection()} {
  try {
    open(std::move(amqp_url));
  } catch (...) {
    amqp_destroy_connection(state_);
    throw;
  }
}

void broker_link::open(std::string url) {
  amqp_connection_info info;
  amqp_default_connection_info(&info);
  if (amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK)
    throw std::runtime_error{"not an AMQP URL"};
  auto* socket = amqp_tcp_socket_new(state_);
  auto patience = after(std::chrono::seconds{5});
  amqp_set_handshake_timeout(state_, &patience);
  amqp_set_rpc_timeout(state_, &patience);
  if (socket == nullptr ||
      amqp_socket_open_noblock(socket, info.host, info.port, &patience) != AMQP_STATUS_OK)
    throw std::runtime_error{"the broker is not there"};
  auto reply = amqp_login(state_, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL)
    throw std::runtime_error{"the broker refuses the login"};
  amqp_channel_open(state_, channel);
  check("no channel");
}

void broker_link::check(const char* what) const {
  if (amqp_get_rpc_reply(state_).reply_type != AMQP_RESPONSE_NORMAL)
    throw std::runtime_error{what};
}

std::optional<std::uint32_t> broker_link::depth(const std::string& queue) {
  auto* found = amqp_queue_declare(state_, channel, amqp_text(queue), 1, 0, 0, 0, amqp_empty_table);
  return found == nullptr ? std::nullopt : std::optional{found->message_count};
}

bool broker_link::publish(const std::string& exchange, const std::string& routing_key, const std::string& key,
                          const std::string& body) {
  amqp_table_entry_t header{amqp_cstring_bytes("key"), {}};
  header.value.kind = AMQP_FIELD_KIND_UTF8;
  header.value.value.bytes = amqp_text(key);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.headers = {1, &header};
  properties.delivery_mode = 2;
  amqp_confirm_select(state_, channel);
  if (amqp_basic_publish(state_, channel, amqp_text(exchange), amqp_text(routing_key), 1, 0, &properties,
                         amqp_text(body)) != AMQP_STATUS_OK)
    throw std::runtime_error{"the message was not published"};
  for (bool returned = false;;) {
    amqp_frame_t frame;
    auto wait = after(std::chrono::seconds{30});
    if (amqp_simple_wait_frame_noblock(state_, &frame, &wait) != AMQP_STATUS_OK)
      throw std::runtime_error{"the message was not confirmed"};
    if (frame.frame_type != AMQP_FRAME_METHOD)
      continue;
    auto method = frame.payload.method.id;
    returned = returned || method == AMQP_BASIC_RETURN_METHOD;
    if (method == AMQP_BASIC_ACK_METHOD || method == AMQP_CHANNEL_CLOSE_METHOD)
      return method == AMQP_BASIC_ACK_METHOD && !returned;
  }
}

std::optional<amqp_envelope_t> broker_link::next(std::chrono::milliseconds patience) {
  amqp_envelope_t envelope;
  amqp_maybe_release_buffers(state_);
  auto wait = after(patience);
  auto reply = amqp_consume_message(state_, &envelope, &wait, 0);
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)
    return std::nullopt;
  if (reply.reply_type != AMQP_RESPONSE_NORMAL)
    throw std::runtime_error{"the connection to the broker ended"};
  return envelope;
}

}  // namespace musterd::testing
