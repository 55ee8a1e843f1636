#pragma once

#include "messaging/amqp/amqp_connection.hpp"
#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/received_event.hpp"
#include "messaging/outbox/wake_signal.hpp"

#include <optional>
#include <set>
#include <span>
#include <vector>

namespace musterd {

/// A consumer's side of the broker: its queues declared, its deliveries gathered, its set-aside messages
/// published and confirmed. Whatever goes wrong throws `amqp_error`; then everything unacknowledged is the
/// queue's again.
class consumer_link {
 public:
  consumer_link(const amqp_options& options, const consumer_spec& consumer);

  /// What is already there, up to the prefetch limit or `batch_bytes`; sleeps at most `patience` for the
  /// first.
  std::vector<received_event> gather(const wake_signal& wake, std::chrono::milliseconds patience);
  /// Nothing can be done with it now: `gather` gives it again, before what comes later.
  void postpone(received_event message) { postponed_.push_back(std::move(message)); }
  /// Into retry queue `attempt` (from 1), to come back after its delay. Returns once the broker has it.
  void send_to_retry(const received_event& message, int attempt, const std::string& error);
  /// For the broker's operator: of a message that was written down in `letter`, or is `no_letter`. Without
  /// one it goes by itself after a while.
  struct dead_copy {
    const received_event* message;
    std::string_view reason;
    std::string error;
    std::string letter;
  };
  /// Returns once the broker has them all.
  void send_to_dead_letters(std::span<const dead_copy> copies);

  void acknowledge(const received_event& message);
  /// `last` and everything delivered before it.
  void acknowledge_all(const received_event& last);
  /// Leaves politely; what is unacknowledged stays in the queue.
  void close();

  /// Reached by the last message of a batch: what comes behind it is not read, and waits at the broker.
  static constexpr std::size_t batch_bytes = 16 << 20;

 private:
  amqp_connection& publisher();
  void publish(amqp_publication message);
  void await_confirms();
  void publish_copy(const received_event& message, amqp_publication to, std::string_view reason,
                    const std::string& error, std::string_view attempts, std::string_view letter);

  const consumer_spec& consumer_;
  amqp_options options_;
  amqp_connection broker_;
  /// Once something is set aside. Its confirms do not come behind deliveries, which would all have to be
  /// held.
  std::optional<amqp_connection> publisher_;
  std::uint64_t published_ = 0;
  std::set<std::uint64_t> unconfirmed_;
  std::vector<received_event> postponed_;
};

}  // namespace musterd
