#pragma once

#include "common/process/sole_run.hpp"
#include "messaging/amqp/backoff.hpp"
#include "messaging/messaging_stats.hpp"
#include "messaging/outbox/outbox_store.hpp"
#include "messaging/outbox/refusing_routes.hpp"
#include "messaging/outbox/relay_link.hpp"
#include "messaging/outbox/relay_window.hpp"
#include "messaging/outbox/wake_signal.hpp"

#include <functional>
#include <memory>
#include <set>
#include <unordered_set>

namespace musterd {

struct relay_options {
  std::string database_url;
  amqp_options broker;
  /// Their queues must exist before anything is published: what no queue takes is lost.
  std::vector<consumer_spec> consumers;
  /// Identifies our events to our own consumers; absent only in tests.
  std::optional<event_seal> seal;
  /// Rows in memory: being published, or waiting for an earlier one of their key. If less than `read_limit`,
  /// eight times that instead.
  std::size_t most_loaded = 4096;
  /// Reading pauses while this many confirmed rows cannot be deleted because others have them locked.
  std::size_t most_undeleted = 16'384;
  std::size_t read_limit = 512;
  /// Reading pauses while the bodies in memory exceed this.
  std::size_t most_bytes = 64 << 20;
  /// A longer body cannot be published.
  std::size_t max_body = 16 << 20;
  /// Interval for finding rows without notification, and for measuring depth and lag.
  std::chrono::milliseconds poll{1000};
  /// A route that leaves a message unanswered this long waits by itself.
  std::chrono::milliseconds patience{10'000};
  /// A leader frozen this long loses the lead.
  std::chrono::milliseconds longest_silence = outbox_store::default_silence;
  /// Called on the relay's thread for every confirmed event with the time since its transaction began.
  std::function<void(std::chrono::microseconds)> confirmed;
};

/// Publishes the outbox: at least once, in order per key. One thread calls `run`. Of several servers on one
/// database one relay works; the others wait for its advisory lock.
///
/// An unpublishable row is set aside with a dead letter. Some fail before being sent; for others the broker
/// closes the channel or the connection, and `relay_window` finds the culprit. Rows that the broker refuses
/// (`basic.nack`), does not answer, or has no queue of ours for are offered again, see `refusing_routes`.
class outbox_relay {
 public:
  outbox_relay(relay_options options, messaging_stats& stats);

  /// Runs until stopped: then briefly awaits what is in flight and deletes confirmed rows. A second thread
  /// waits for the first.
  void run(const ending& until);
  /// There are new rows. Thread-safe; call after the commit.
  void notify() { wake_.raise(); }

 private:
  using clock = std::chrono::steady_clock;

  void turn();
  bool lead();
  void connect_broker();
  void look_again();
  void try_refused();
  void fill();
  void leave_out_coming(const std::vector<uuid>& left_out);
  void hold(const std::vector<outbox_row>& blocked);
  void publish_ready();
  bool make_next_publishable();
  relay_lane lane_for(const outbox_row& row) const;
  void offer(const outbox_row& row, relay_lane lane);
  void set_aside(const outbox_row& row, const std::string& why);
  void set_aside_unpublishable();
  void collect();
  void sleep();
  bool hear(std::chrono::milliseconds timeout);
  void on_confirm(const amqp_confirm& confirm);
  bool is_taken(const outbox_row& row, bool accepted);
  void delete_confirmed();
  void measure();
  void suspect(const amqp_error& error);
  bool suspect_tried();
  bool give_up_silent();
  void lose_broker(const char* why);
  void lose_database(const char* why);
  void drain();
  bool may_read() const;

  relay_options options_;
  messaging_stats& stats_;
  std::timed_mutex running_;
  /// New rows must not cut a backoff short; a stop does.
  wake_signal wake_, stopping_;
  std::stop_token cut_;
  /// The session with the leader's lock.
  backend_succession session_;
  std::unique_ptr<outbox_store> store_;
  relay_link link_;
  relay_window window_;
  refusing_routes refusing_;
  /// Rows that broke the connection or have nowhere to go, with the evidence.
  std::vector<std::pair<outbox_row, std::string>> unpublishable_;
  /// Keys with a row that should have been moved but was locked; until a later poll.
  std::unordered_set<uuid> locked_keys_;
  /// Event and routing key of returned messages that are not confirmed yet.
  std::set<std::pair<std::string, std::string>> returned_;
  /// Routes where a queue of ours turned out to be missing since it was declared.
  std::set<refusing_routes::route> without_queue_;
  bool waits_for_locks_ = false;
  clock::time_point last_sent_{}, last_blocked_{};
  backoff database_backoff_, broker_backoff_;
  /// There may be unread rows; `anywhere_`: not only after those read last.
  bool more_ = true, anywhere_ = true;
  /// A crowded key has room again.
  bool uncrowded_ = false;
  /// When to look without notification: for new rows, for any rows, for refused ones, and for those of
  /// crowded keys.
  clock::time_point next_poll_{}, next_look_around_{}, next_try_{}, next_crowd_{}, next_measure_{};
};

}  // namespace musterd
