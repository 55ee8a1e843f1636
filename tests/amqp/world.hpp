#pragma once

#include "common/json/json_write.hpp"
#include "messaging/amqp/amqp_connection.hpp"
#include "messaging/inbox/consumer.hpp"
#include "messaging/outbox/outbox_relay.hpp"
#include "messaging/outbox/outbox_write.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <set>
#include <thread>

namespace musterd::testing {

using namespace std::chrono_literals;

/// Waits at most `patience` until `holds` is true.
template <class F>
bool eventually(F&& holds, std::chrono::milliseconds patience = 20s) {
  return becomes_true(patience, holds, 5ms);
}

/// A test's own database, exchange and queue names, removed with it. Throws unless MUSTERD_DATABASE_URL and
/// MUSTERD_AMQP_URL name the servers.
class world {
 public:
  world();
  ~world();

  const std::string& database_url() const { return database_url_; }
  static std::string broker_url();
  lease_keeper& leases() { return *leases_; }
  pqxx::connection& db() { return *db_; }
  amqp_connection& broker() { return *broker_; }
  const std::string& exchange() const { return prefix_; }

  /// Makes `tenant` known to consumers.
  void add_tenant();

  /// A consumer bound to everything on the test's exchange, with short retry delays.
  consumer_spec spec(std::vector<std::chrono::milliseconds> delays = {20ms, 40ms});
  consumer_options consuming() const;
  relay_options relaying();
  /// A queue that refuses what is more than `room`, for the routing key "full", and one that takes all, for
  /// "open".
  std::pair<std::string, std::string> full_and_open_queue(std::int64_t room = 0);
  std::string collecting_queue(queue_kind kind = queue_kind::best);

  outgoing_event event(int number, uuid key) const;
  /// Writes to the outbox, in one transaction.
  void write(const std::vector<outgoing_event>& events);
  /// Publishes straight to the exchange, with `more` before our own headers.
  void publish(const outgoing_event& event, std::vector<amqp_header> more = {});
  void publish_raw(const std::string& body, const std::string& message_id = {});
  /// Takes `count` messages from a queue; fewer if no more come.
  std::vector<amqp_delivery> take(const std::string& queue, std::size_t count);
  std::uint32_t depth(const std::string& queue) { return broker_->queue_depth(1, queue); }

  /// RETRY or DISCARD, as the journal writes an operator's decision; "ok" or the fault's code.
  std::string decide(const uuid& letter, const std::string& verdict);

  std::string text(const std::string& sql);
  std::int64_t number(const std::string& sql);

  messaging_stats stats;
  tenant_uuid tenant = tenant_uuid::generate();

 private:
  std::string prefix_, database_, database_url_;
  std::unique_ptr<pqxx::connection> db_;
  std::unique_ptr<lease_keeper> leases_;
  std::unique_ptr<amqp_connection> broker_;
  std::vector<std::string> queues_;
};

/// Records what it handles in a table, and fails where told to.
class recorder : public event_handler {
 public:
  explicit recorder(world& w);
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;

  void fail(int number, bool transient = true);
  void heal(int number);
  int calls() const { return calls_; }

 private:
  std::mutex mutex_;
  std::map<int, bool> failing_;
  std::atomic<int> calls_{0};
};

/// Runs a relay or consumer on its own thread while it lives.
template <class T>
class running {
 public:
  template <class... Args>
  explicit running(Args&&... args)
      : work_{std::forward<Args>(args)...}, thread_{[this](std::stop_token stop) { work_.run(stop); }} {}
  T* operator->() { return &work_; }

 private:
  T work_;
  std::jthread thread_;
};

}  // namespace musterd::testing
