#pragma once

#include "messaging/amqp/amqp_connection.hpp"

#include <chrono>
#include <string>
#include <vector>

/// Exchanges, queues and bindings as data. Declaring them again unchanged has no effect.
namespace musterd {

struct exchange_spec {
  std::string name;
  std::string type;
};

struct queue_binding {
  std::string exchange;
  std::string routing_key;
};

enum class queue_kind { best, classic, quorum };

/// One consumer's queues and settings.
struct consumer_spec {
  /// Names the consumer in the inbox; never change it.
  std::string name;
  std::string queue;
  std::vector<queue_binding> bindings;
  /// Delay before each retry; after the last one comes the dead-letter queue.
  std::vector<std::chrono::milliseconds> retry_delays{std::chrono::seconds{1}, std::chrono::seconds{5},
                                                      std::chrono::seconds{30}, std::chrono::minutes{2},
                                                      std::chrono::minutes{10}};
  /// Whether messages with the same `key` header wait for each other, even behind a dead one. If not, each
  /// has its own key: for idempotent commands and answers that may overtake each other.
  bool ordered = true;
  /// Only this server publishes there: unsealed messages are refused and block nothing (event_seal).
  bool own = false;
  std::uint16_t prefetch = 256;
  /// Longer messages become dead letters unparsed.
  std::size_t max_body = 1 << 20;
  queue_kind kind = queue_kind::best;
};

inline const std::string dead_letter_exchange = "musterd.dead_letters";

std::string retry_queue(const consumer_spec& consumer, std::size_t attempt);
std::string dead_letter_queue(const consumer_spec& consumer);

/// Every exchange this server publishes or binds to.
const std::vector<exchange_spec>& server_exchanges();

/// An existing exchange of another type is used as it is, so as not to stop all others.
void declare_exchanges(amqp_connection& broker, amqp_connection::channel_id channel);

/// The consumer's queue with its bindings, a retry queue per delay and the dead-letter queue. The bound
/// exchanges must exist.
void declare_consumer(amqp_connection& broker, amqp_connection::channel_id channel,
                      const consumer_spec& consumer);

/// For servers that only publish to it: queues that exist with other arguments are used as they are. That may
/// affect their consumer, but must not affect others.
void declare_or_accept(amqp_connection& broker, amqp_connection::channel_id channel,
                       const consumer_spec& consumer);

}  // namespace musterd
