#pragma once

#include "common/process/interruption.hpp"
#include "common/process/tls.hpp"
#include "messaging/amqp/amqp_error.hpp"
#include "messaging/amqp/amqp_message.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

struct amqp_connection_state_t_;
struct amqp_frame_t_;
struct amqp_method_t_;

namespace musterd {

/// For amqps: URLs.
struct amqp_tls {
  /// Trusted authorities for the broker's certificate (PEM); empty: the system's.
  std::string ca_file;
  /// Our certificate, for a broker that asks for one.
  tls_files own;
};

struct amqp_options {
  /// amqp://user:password@host:port/vhost, or amqps://
  std::string url;
  amqp_tls tls;
  /// The connection's name for the broker's operator.
  std::string name = "musterd";
  std::chrono::seconds heartbeat{10};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds rpc_timeout{10000};
  /// How long one message may wait for a broker that reads nothing.
  std::chrono::milliseconds publish_timeout{40000};
  /// Longer bodies are truncated.
  std::size_t max_body = 1 << 20;
  /// Publishes nothing, and accepts longer frames than negotiated: headers that the broker adds on redelivery
  /// may exceed its own limit for senders, and no consumer would get past such a message.
  bool only_listens = false;
  /// Once requested, anything waiting for the broker fails with `amqp_connection_lost`.
  std::stop_token cut;
};

using amqp_argument = std::variant<std::string, std::int64_t, bool>;
using amqp_arguments = std::map<std::string, amqp_argument>;

/// One connection to the broker, for one thread. Every function throws `amqp_error`; after
/// `amqp_connection_lost` only the destructor may be called.
class amqp_connection {
 public:
  using channel_id = std::uint16_t;

  explicit amqp_connection(const amqp_options& options);
  ~amqp_connection();
  amqp_connection(const amqp_connection&) = delete;
  amqp_connection& operator=(const amqp_connection&) = delete;

  /// Major and minor version of the broker, as 310 for 3.10.
  int broker_version() const;

  void open_channel(channel_id channel);
  void enable_confirms(channel_id channel);
  void limit_prefetch(channel_id channel, std::uint16_t count);

  void declare_exchange(channel_id channel, const std::string& name, const std::string& type);
  /// Closes and reopens the channel if it does not exist.
  bool has_exchange(channel_id channel, const std::string& name);
  void declare_queue(channel_id channel, const std::string& name, const amqp_arguments& arguments);
  void bind_queue(channel_id channel, const std::string& queue, const std::string& exchange,
                  const std::string& key);
  /// Ready messages in an existing queue.
  std::uint32_t queue_depth(channel_id channel, const std::string& queue);
  void delete_queue(channel_id channel, const std::string& queue);
  void delete_exchange(channel_id channel, const std::string& exchange);

  /// Deliveries come from `wait` and need explicit acknowledgement.
  void subscribe(channel_id channel, const std::string& queue, const std::string& consumer_tag);
  void acknowledge(channel_id channel, std::uint64_t tag, bool multiple);

  /// Sends without waiting for the confirm. Confirm tags count up from 1 on each channel. Throws
  /// `amqp_unsendable` before anything is sent.
  void publish(channel_id channel, const amqp_publication& message);

  /// The broker's next signal, or monostate after `timeout`. Serves heartbeats.
  amqp_signal wait(std::chrono::milliseconds timeout);
  /// Whether `wait` has something without reading the socket.
  bool has_buffered() const;
  /// Whether the broker has asked publishers to wait (short of memory or disk).
  bool blocked() const { return blocked_; }
  /// Whether a message of usual length can be sent without waiting for the broker to read.
  bool has_room() const;
  /// For polling together with other descriptors.
  int descriptor() const;
  /// An orderly close, which spares the broker a warning in its log; then only the destructor may be called.
  void close() noexcept;

 private:
  struct assembly;

  void log_in(const amqp_options& options);
  void open_socket(const std::string& host, int port, bool secure, const amqp_options& options);
  /// Throws the error of the last synchronous call, if any.
  void check(channel_id channel, const char* doing);
  void check_status(int status, const char* doing);
  void check_sendable(const amqp_publication& message) const;
  amqp_signal on_frame(const amqp_frame_t_& frame);
  amqp_signal on_method(channel_id channel, const amqp_method_t_& method);
  amqp_signal finished(assembly& message);

  amqp_connection_state_t_* state_ = nullptr;
  std::optional<interruption> interruption_;
  std::size_t max_body_;
  std::chrono::milliseconds publish_timeout_;
  bool blocked_ = false;
  std::map<channel_id, std::unique_ptr<assembly>> assemblies_;
};

}  // namespace musterd
