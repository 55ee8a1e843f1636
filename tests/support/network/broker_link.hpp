#pragma once

// Debian 12 has rabbitmq-c 0.11, Debian 13 a newer one that moved its headers.
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_tcp_socket.h>
#endif

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace musterd::testing {

/// A connection with one open channel, like any other service's; for one thread. Everything throws
/// std::runtime_error.
class broker_link {
 public:
  static constexpr amqp_channel_t channel = 1;

  explicit broker_link(std::string amqp_url);
  ~broker_link() { amqp_destroy_connection(state_); }
  broker_link(const broker_link&) = delete;
  broker_link& operator=(const broker_link&) = delete;

  operator amqp_connection_state_t() const { return state_; }
  /// Throws if the last synchronous call failed.
  void check(const char* what) const;

  /// Ready messages; nothing if there is no such queue, after which this link is unusable.
  std::optional<std::uint32_t> depth(const std::string& queue);
  /// Publishes a message with header `key` and awaits the confirm. False if no exchange or queue takes it.
  bool publish(const std::string& exchange, const std::string& routing_key, const std::string& key,
               const std::string& body);
  /// The next message of the subscription, to be destroyed by the caller; nothing after `patience`.
  std::optional<amqp_envelope_t> next(std::chrono::milliseconds patience);

 private:
  void open(std::string url);

  amqp_connection_state_t state_;
};

inline amqp_bytes_t amqp_text(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};
}
inline std::string text_of(amqp_bytes_t from) {
  return {static_cast<const char*>(from.bytes), from.len};
}

}  // namespace musterd::testing
