#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace musterd::testing {

/// A message as first delivered.
struct received_message {
  std::string message_id;
  std::string type;
  std::string routing_key;
  std::string correlation_id;
  std::string body;
};

/// A test's own queue for everything on a topic exchange. Its thread acknowledges each message, keeps the
/// first delivery of each message-id in order of arrival, and reconnects as needed.
class event_queue {
 public:
  /// Returns once the queue is bound: whatever is published from then on arrives.
  event_queue(std::string amqp_url, std::string exchange, std::string queue);
  ~event_queue();
  event_queue(const event_queue&) = delete;
  event_queue& operator=(const event_queue&) = delete;

  std::vector<received_message> received() const;
  std::size_t count() const;
  /// Deliveries of messages that had arrived before.
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  void run(const std::stop_token& stop);
  void consume(const std::stop_token& stop);
  void keep(received_message message);

  std::string url_, exchange_, queue_;
  mutable std::mutex mutex_;
  std::condition_variable bound_changed_;
  bool bound_ = false;
  std::string last_error_;
  std::vector<received_message> messages_;
  std::unordered_set<std::string> known_ids_;
  std::atomic<std::uint64_t> duplicates_ = 0;
  std::jthread thread_;
};

}  // namespace musterd::testing
