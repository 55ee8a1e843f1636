#pragma once

#include "messaging/amqp/amqp_connection.hpp"

#include <chrono>
#include <string>
#include <vector>

/// Exchanges, queues and bindings as data. Declaring what already is there as described changes nothing.
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

/// One consumer's corner of the broker.
struct consumer_spec {
  /// Names the consumer in the inbox; never change it.
  std::string name;
  std::string queue;
  std::vector<queue_binding> bindings;
  /// Pause before each further attempt; after the last comes the dead-letter queue.
  std::vector<std::chrono::milliseconds> retry_delays{std::chrono::seconds{1}, std::chrono::seconds{5},
                                                      std::chrono::seconds{30}, std::chrono::minutes{2},
                                                      std::chrono::minutes{10}};
  /// Whether messages with the same header `key` wait for each other, behind a dead one too. If not, each has
  /// a key of its own: for commands and answers that may be repeated and may overtake each other.
  bool ordered = true;
  /// Only this server publishes there: what does not have its seal is refused and blocks nothing
  /// (event_seal).
  bool own = false;
  std::uint16_t prefetch = 256;
  /// A longer message is not parsed, it goes to the dead letters.
  std::size_t max_body = 1 << 20;
  queue_kind kind = queue_kind::best;
};

inline const std::string dead_letter_exchange = "musterd.dead_letters";

std::string retry_queue(const consumer_spec& consumer, std::size_t attempt);
std::string dead_letter_queue(const consumer_spec& consumer);

/// Every exchange this server publishes to or listens at.
const std::vector<exchange_spec>& server_exchanges();

/// One that is there with another type is used as it is: it must not stop all others.
void declare_exchanges(amqp_connection& broker, amqp_connection::channel_id channel);

/// The consumer's queue with its bindings, a retry queue per delay and the dead-letter queue. Exchanges it
/// binds to must exist.
void declare_consumer(amqp_connection& broker, amqp_connection::channel_id channel,
                      const consumer_spec& consumer);

/// The same for those who only publish to it: queues that are there with other arguments are used as they
/// are. Their consumer may mind, the others must not suffer.
void declare_or_accept(amqp_connection& broker, amqp_connection::channel_id channel,
                       const consumer_spec& consumer);

}  // namespace musterd
