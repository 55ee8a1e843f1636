#include "tests/support/event_queue.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <chrono>
#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr amqp_channel_t channel = 1;

amqp_bytes_t bytes(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};
}

std::string text(amqp_bytes_t from) {
  return {static_cast<const char*>(from.bytes), from.len};
}

timeval after(std::chrono::milliseconds time) {
  return {time.count() / 1000, (time.count() % 1000) * 1000};
}

/// A connection with an open channel. Everything throws std::runtime_error.
class connection {
 public:
  explicit connection(std::string url) : state_{amqp_new_connection()} {
    try {
      open(std::move(url));
    } catch (...) {
      amqp_destroy_connection(state_);
      throw;
    }
  }
  ~connection() { amqp_destroy_connection(state_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  operator amqp_connection_state_t() const { return state_; }
  void check(const char* what) const {
    if (amqp_get_rpc_reply(state_).reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error{what};
  }

 private:
  void open(std::string url) {
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
    auto reply =
        amqp_login(state_, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error{"the broker refuses the login"};
    amqp_channel_open(state_, channel);
    check("no channel");
  }

  amqp_connection_state_t state_;
};

/// Durable and replicated like the real consumers' queues, so that it outlives a broker that is killed.
void declare(const connection& broker, const std::string& exchange, const std::string& queue) {
  amqp_exchange_declare(broker, channel, bytes(exchange), amqp_cstring_bytes("topic"), 0, 1, 0, 0,
                        amqp_empty_table);
  broker.check("the exchange cannot be declared");
  amqp_table_entry_t kind{};
  kind.key = amqp_cstring_bytes("x-queue-type");
  kind.value.kind = AMQP_FIELD_KIND_UTF8;
  kind.value.value.bytes = amqp_cstring_bytes("quorum");
  amqp_queue_declare(broker, channel, bytes(queue), 0, 1, 0, 0, {1, &kind});
  broker.check("the queue cannot be declared");
  amqp_queue_bind(broker, channel, bytes(queue), bytes(exchange), amqp_cstring_bytes("#"), amqp_empty_table);
  broker.check("the queue cannot be bound");
  amqp_basic_qos(broker, channel, 0, 500, 0);
  amqp_basic_consume(broker, channel, bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  broker.check("the queue cannot be read");
}

received_message read(const amqp_envelope_t& envelope) {
  const auto& properties = envelope.message.properties;
  auto property = [&](amqp_flags_t flag, amqp_bytes_t value) {
    return (properties._flags & flag) != 0 ? text(value) : std::string{};
  };
  return {property(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id),
          property(AMQP_BASIC_TYPE_FLAG, properties.type), text(envelope.routing_key),
          property(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id), text(envelope.message.body)};
}

}  // namespace

event_queue::event_queue(std::string amqp_url, std::string exchange, std::string queue)
    : url_{std::move(amqp_url)}, exchange_{std::move(exchange)}, queue_{std::move(queue)},
      thread_{[this](const std::stop_token& stop) { run(stop); }} {
  std::unique_lock lock{mutex_};
  if (bound_changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return bound_; }))
    return;
  lock.unlock();
  thread_.request_stop();
  thread_.join();
  throw std::runtime_error{"the queue " + queue_ + " cannot be used: " + last_error_};
}

event_queue::~event_queue() = default;

void event_queue::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      consume(stop);
    } catch (const std::runtime_error& e) {
      std::lock_guard lock{mutex_};
      last_error_ = e.what();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

void event_queue::consume(const std::stop_token& stop) {
  connection broker{url_};
  declare(broker, exchange_, queue_);
  {
    std::lock_guard lock{mutex_};
    bound_ = true;
  }
  bound_changed_.notify_all();
  while (!stop.stop_requested()) {
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(broker);
    auto patience = after(std::chrono::milliseconds{100});
    auto reply = amqp_consume_message(broker, &envelope, &patience, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT)
      continue;
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
      throw std::runtime_error{"the connection to the broker ended"};
    keep(read(envelope));
    auto tag = envelope.delivery_tag;
    amqp_destroy_envelope(&envelope);
    if (amqp_basic_ack(broker, channel, tag, 0) != AMQP_STATUS_OK)
      throw std::runtime_error{"the connection to the broker ended"};
  }
}

void event_queue::keep(received_message message) {
  std::lock_guard lock{mutex_};
  if (known_ids_.insert(message.message_id).second)
    messages_.push_back(std::move(message));
  else
    ++duplicates_;
}

std::vector<received_message> event_queue::received() const {
  std::lock_guard lock{mutex_};
  return messages_;
}

std::size_t event_queue::count() const {
  std::lock_guard lock{mutex_};
  return messages_.size();
}

}  // namespace musterd::testing
