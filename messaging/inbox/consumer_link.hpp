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

/// A consumer's side of the broker: declares its queues, gathers deliveries, publishes set-aside messages and
/// awaits their confirms. Every failure throws `amqp_error`; unacknowledged messages then return to the
/// queue.
class consumer_link {
 public:
  consumer_link(const amqp_options& options, const consumer_spec& consumer);

  /// What has already arrived, up to the prefetch limit or `batch_bytes`; sleeps at most `patience` for the
  /// first.
  std::vector<received_event> gather(const wake_signal& wake, std::chrono::milliseconds patience);
  /// It cannot be handled now: `gather` returns it again, before later ones.
  void postpone(received_event message) { postponed_.push_back(std::move(message)); }
  /// Publishes to retry queue `attempt` (from 1), to return after its delay. Returns once confirmed.
  void send_to_retry(const received_event& message, int attempt, const std::string& error);
  /// For the broker's operator: a copy of a message stored as `letter`, or `no_letter`. Without a stored
  /// letter it expires after a while.
  struct dead_copy {
    const received_event* message;
    std::string_view reason;
    std::string error;
    std::string letter;
  };
  /// Returns once all are confirmed.
  void send_to_dead_letters(std::span<const dead_copy> copies);

  void acknowledge(const received_event& message);
  /// `last` and everything delivered before it.
  void acknowledge_all(const received_event& last);
  /// An orderly close; unacknowledged messages stay in the queue.
  void close();

  /// The message that reaches this is a batch's last; the rest waits, unread, at the broker.
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
  /// Opened when something is first set aside. Separate, because its confirms would otherwise come behind
  /// deliveries, all of which would have to be held.
  std::optional<amqp_connection> publisher_;
  std::uint64_t published_ = 0;
  std::set<std::uint64_t> unconfirmed_;
  std::vector<received_event> postponed_;
};

}  // namespace musterd
