#pragma once

#include "messaging/amqp_connection.hpp"
#include "messaging/backoff.hpp"
#include "messaging/messaging_stats.hpp"
#include "messaging/outbox_store.hpp"
#include "messaging/relay_window.hpp"
#include "messaging/topology.hpp"
#include "messaging/wake_signal.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <unordered_set>

namespace musterd {

struct relay_options {
  std::string database_url;
  amqp_options broker;
  /// Whose queues must be there before anything is published: what no queue takes is lost.
  std::vector<consumer_spec> consumers;
  /// Rows in memory: being published, or waiting for an earlier one of their key.
  std::size_t most_loaded = 4096;
  /// Rows read at once.
  std::size_t read_limit = 512;
  /// To catch what nobody notified us of, and to measure depth and lag.
  std::chrono::milliseconds poll{1000};
  /// Called on the relay's thread for every confirmed event with the time since its transaction began.
  std::function<void(std::chrono::microseconds)> confirmed;
};

/// Publishes the outbox: at least once, in order per key. One thread calls `run`. Of several servers on one
/// database one relay works, the others wait for its advisory lock.
class outbox_relay {
 public:
  outbox_relay(relay_options options, messaging_stats& stats);

  /// Until stopped: what is on its way is awaited for a moment and its rows are deleted, then it returns.
  void run(std::stop_token stop);
  /// There are new rows (from any thread, after the commit).
  void notify() { wake_.raise(); }

 private:
  using clock = std::chrono::steady_clock;

  void turn();
  bool lead();
  void connect_broker();
  void fill();
  void ensure_exchange(const std::string& name);
  void publish_ready();
  void collect();
  void on_signal(const amqp_signal& signal);
  void delete_confirmed();
  void measure();
  void lose_broker(const std::exception& why);
  void lose_database(const std::exception& why);
  void drain();
  bool may_read() const;

  relay_options options_;
  messaging_stats& stats_;
  /// New rows, which must not cut a backoff short; a stop does.
  wake_signal wake_, stopping_;
  std::unique_ptr<outbox_store> store_;
  std::unique_ptr<amqp_connection> broker_;
  relay_window window_;
  backoff database_backoff_, broker_backoff_;
  std::unordered_set<std::string> known_exchanges_;
  /// Rows may be there that were not read yet; they may be anywhere, not only behind those read last.
  bool more_ = true, anywhere_ = true;
  /// The last read left out keys that had enough in memory.
  bool skipped_keys_ = false;
  clock::time_point next_poll_{}, next_measure_{};
};

}  // namespace musterd
