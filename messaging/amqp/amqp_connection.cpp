#include "messaging/amqp/amqp_connection.hpp"

#include "messaging/amqp/amqp_assembly.hpp"
#include "messaging/amqp/amqp_codec.hpp"
#include "messaging/amqp/tcp_socket.hpp"
#include "messaging/amqp/tls_socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace musterd {

using namespace amqp_codec;

namespace {

constexpr std::size_t longest_short_string = 255;
constexpr int longest_frame = 1 << 20;

/// Asks the broker to report cancelled subscriptions and blocked publishers, and names the connection.
struct client_properties {
  explicit client_properties(const std::string& name) {
    capabilities = {{"consumer_cancel_notify", true},
                    {"publisher_confirms", true},
                    {"basic.nack", true},
                    {"connection.blocked", true}};
    named = {{"connection_name", name}, {"product", std::string{"musterd"}}};
    inner = table_entries(capabilities);
    outer = table_entries(named);
    amqp_table_entry_t nested{amqp_cstring_bytes("capabilities"), {}};
    nested.value.kind = AMQP_FIELD_KIND_TABLE;
    nested.value.value.table = table(inner);
    outer.push_back(nested);
    properties = table(outer);
  }
  amqp_arguments capabilities, named;
  std::vector<amqp_table_entry_t> inner, outer;
  amqp_table_t properties{};
};

}  // namespace

amqp_connection::amqp_connection(const amqp_options& options)
    : max_body_{options.max_body}, publish_timeout_{options.publish_timeout} {
  state_ = amqp_new_connection();
  if (!state_)
    throw amqp_connection_lost{"no memory for a broker connection"};
  try {
    log_in(options);
  } catch (...) {
    amqp_destroy_connection(state_);
    throw;
  }
}

amqp_connection::~amqp_connection() {
  // No good-bye: unacknowledged messages return to the queue either way.
  amqp_destroy_connection(state_);
}

void amqp_connection::close() noexcept {
  timeval patience{1, 0};
  amqp_set_rpc_timeout(state_, &patience);
  amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
}

void amqp_connection::open_socket(const std::string& host, int port, bool secure,
                                  const amqp_options& options) {
  if (secure) {
    open_tls_socket(state_, host, port, options);
  } else {
    auto* socket = amqp_tcp_socket_new(state_);
    if (!socket)
      throw amqp_connection_lost{"no memory for a socket"};
    amqp_tcp_socket_set_sockfd(socket, connect_tcp(host, port, options.connect_timeout, options.cut));
  }
  interruption_.emplace(descriptor(), "the broker's connection", options.cut);
  int on = 1, patience = static_cast<int>(std::chrono::milliseconds{options.heartbeat}.count() * 2);
  ::setsockopt(descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Otherwise a publish to a dead peer hangs until the kernel gives up after a quarter of an hour.
  ::setsockopt(descriptor(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
  auto limit = to_timeval(options.connect_timeout);
  amqp_set_handshake_timeout(state_, &limit);
  auto rpc = to_timeval(options.rpc_timeout);
  amqp_set_rpc_timeout(state_, &rpc);
}

void amqp_connection::log_in(const amqp_options& options) {
  auto url = options.url;  // amqp_parse_url writes into it
  amqp_connection_info info{};
  if (amqp_parse_url(url.data(), &info) != AMQP_STATUS_OK)
    throw amqp_error{"the broker's URL is not amqp://user:password@host:port/vhost"};
  open_socket(info.host, info.port, info.ssl != 0, options);
  client_properties client{options.name};
  const char* vhost = *info.vhost ? info.vhost : "/";
  auto reply = amqp_login_with_properties(state_, vhost, 0, AMQP_DEFAULT_FRAME_SIZE,
                                          static_cast<int>(options.heartbeat.count()), &client.properties,
                                          AMQP_SASL_METHOD_PLAIN, info.user, info.password);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
    // Not negotiated: the broker would refuse.
    if (options.only_listens)
      check_status(amqp_tune_connection(state_, amqp_get_channel_max(state_), longest_frame,
                                        amqp_get_heartbeat(state_)),
                   "making room for long headers");
    return;
  }
  auto why = reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION ? read_close(reply.reply).text
                                                                : amqp_error_string2(reply.library_error);
  throw amqp_connection_lost{fmt::format("logging in to the broker: {}", why)};
}

int amqp_connection::broker_version() const {
  const auto* properties = amqp_get_server_properties(state_);
  int major = 0, minor = 0;
  for (int i = 0; i < properties->num_entries; ++i)
    if (const auto& [name, value] = properties->entries[i];
        text(name) == "version" && value.kind == AMQP_FIELD_KIND_UTF8)
      std::sscanf(text(value.value.bytes).c_str(), "%d.%d", &major, &minor);
  return major * 100 + minor;
}

void amqp_connection::check_status(int status, const char* doing) {
  if (status != AMQP_STATUS_OK)
    throw amqp_connection_lost{fmt::format("{}: {}", doing, amqp_error_string2(status))};
}

void amqp_connection::check(channel_id channel, const char* doing) {
  auto reply = amqp_get_rpc_reply(state_);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL)
    return;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
    throw amqp_connection_lost{fmt::format("{}: {}", doing, amqp_error_string2(reply.library_error))};
  auto close = read_close(reply.reply);
  auto text = fmt::format("{}: {} {}", doing, close.code, close.text);
  if (close.of_connection || close.code == 0)
    throw amqp_connection_lost{text, close.code};
  amqp_channel_close_ok_t done{};
  amqp_send_method(state_, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &done);
  throw amqp_refused{close.code, text};
}

void amqp_connection::open_channel(channel_id channel) {
  amqp_channel_open(state_, channel);
  check(channel, "opening a channel");
}

void amqp_connection::enable_confirms(channel_id channel) {
  amqp_confirm_select(state_, channel);
  check(channel, "enabling publisher confirms");
}

void amqp_connection::limit_prefetch(channel_id channel, std::uint16_t count) {
  amqp_basic_qos(state_, channel, 0, count, 0);
  check(channel, "setting the prefetch limit");
}

void amqp_connection::declare_exchange(channel_id channel, const std::string& name, const std::string& type) {
  amqp_exchange_declare(state_, channel, bytes(name), bytes(type), 0, 1, 0, 0, amqp_empty_table);
  check(channel, "declaring an exchange");
}

bool amqp_connection::has_exchange(channel_id channel, const std::string& name) {
  amqp_exchange_declare(state_, channel, bytes(name), bytes("topic"), 1, 1, 0, 0, amqp_empty_table);
  try {
    check(channel, "looking for an exchange");
  } catch (const amqp_refused& refusal) {
    open_channel(channel);
    if (refusal.code() == AMQP_NOT_FOUND)
      return false;
    throw;
  }
  return true;
}

void amqp_connection::declare_queue(channel_id channel, const std::string& name,
                                    const amqp_arguments& arguments) {
  auto entries = table_entries(arguments);
  amqp_queue_declare(state_, channel, bytes(name), 0, 1, 0, 0, table(entries));
  check(channel, "declaring a queue");
}

void amqp_connection::bind_queue(channel_id channel, const std::string& queue, const std::string& exchange,
                                 const std::string& key) {
  amqp_queue_bind(state_, channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table);
  check(channel, "binding a queue");
}

std::uint32_t amqp_connection::queue_depth(channel_id channel, const std::string& queue) {
  const auto* found = amqp_queue_declare(state_, channel, bytes(queue), 1, 1, 0, 0, amqp_empty_table);
  check(channel, "looking at a queue");
  return found->message_count;
}

void amqp_connection::delete_queue(channel_id channel, const std::string& queue) {
  amqp_queue_delete(state_, channel, bytes(queue), 0, 0);
  check(channel, "deleting a queue");
}

void amqp_connection::delete_exchange(channel_id channel, const std::string& exchange) {
  amqp_exchange_delete(state_, channel, bytes(exchange), 0);
  check(channel, "deleting an exchange");
}

void amqp_connection::subscribe(channel_id channel, const std::string& queue,
                                const std::string& consumer_tag) {
  amqp_basic_consume(state_, channel, bytes(queue), bytes(consumer_tag), 0, 0, 0, amqp_empty_table);
  check(channel, "subscribing to a queue");
}

void amqp_connection::acknowledge(channel_id channel, std::uint64_t tag, bool multiple) {
  check_status(amqp_basic_ack(state_, channel, tag, multiple), "acknowledging");
}

void amqp_connection::check_sendable(const amqp_publication& message) const {
  for (auto text : {message.exchange, message.routing_key, message.message_id, message.type,
                    message.correlation_id, message.content_type, message.expiration})
    if (text.size() > longest_short_string)
      throw amqp_unsendable{
          fmt::format("a property has {} bytes, more than {}", text.size(), longest_short_string)};
  std::size_t size = 8 * (longest_short_string + 1);
  for (const auto& [name, value] : message.headers) {
    if (name.size() > longest_short_string)
      throw amqp_unsendable{fmt::format("the name of a header has {} bytes", name.size())};
    size += name.size() + value.size() + 6;
  }
  // Properties travel in one frame.
  if (auto most = static_cast<std::size_t>(amqp_get_frame_max(state_)); size > most)
    throw amqp_unsendable{fmt::format("headers of {} bytes, more than {}", size, most)};
}

void amqp_connection::publish(channel_id channel, const amqp_publication& message) {
  check_sendable(message);
  std::array<amqp_table_entry_t, 8> headers;
  if (message.headers.size() > headers.size())
    throw amqp_error{"too many headers for one message"};
  for (std::size_t i = 0; i < message.headers.size(); ++i) {
    headers[i] = {bytes(message.headers[i].first), {}};
    headers[i].value.kind = AMQP_FIELD_KIND_UTF8;
    headers[i].value.value.bytes = bytes(message.headers[i].second);
  }
  amqp_basic_properties_t properties{};
  auto set = [&](amqp_flags_t flag, amqp_bytes_t& field, std::string_view value) {
    if (value.empty())
      return;
    properties._flags |= flag;
    field = bytes(value);
  };
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_TIMESTAMP_FLAG;
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties.timestamp = static_cast<std::uint64_t>(message.timestamp_s);
  properties.headers = {static_cast<int>(message.headers.size()), headers.data()};
  set(AMQP_BASIC_CONTENT_TYPE_FLAG, properties.content_type, message.content_type);
  set(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id, message.correlation_id);
  set(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id, message.message_id);
  set(AMQP_BASIC_TYPE_FLAG, properties.type, message.type);
  set(AMQP_BASIC_EXPIRATION_FLAG, properties.expiration, message.expiration);
  auto limit = interruption_->within(publish_timeout_);
  check_status(amqp_basic_publish(state_, channel, bytes(message.exchange), bytes(message.routing_key),
                                  message.mandatory, 0, &properties, bytes(message.body)),
               "publishing");
}

amqp_signal amqp_connection::wait(std::chrono::milliseconds timeout) {
  auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    auto limit = to_timeval(std::max(left, std::chrono::milliseconds{0}));
    amqp_frame_t frame;
    auto status = amqp_simple_wait_frame_noblock(state_, &frame, &limit);
    if (status == AMQP_STATUS_TIMEOUT)
      return {};
    check_status(status, "listening to the broker");
    auto signal = on_frame(frame);
    // Frees what the frame borrowed; on_frame copied it all.
    amqp_maybe_release_buffers_on_channel(state_, frame.channel);
    if (signal.index() != 0)
      return signal;
  }
}

bool amqp_connection::has_buffered() const {
  return amqp_frames_enqueued(state_) || amqp_data_in_buffer(state_);
}

bool amqp_connection::has_room() const {
  pollfd out{descriptor(), POLLOUT, 0};
  return ::poll(&out, 1, 0) != 0;  // if broken, the next call says why
}

int amqp_connection::descriptor() const {
  return amqp_get_sockfd(state_);
}

}  // namespace musterd
