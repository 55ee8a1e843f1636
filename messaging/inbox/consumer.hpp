#pragma once

#include "common/process/interruption.hpp"
#include "common/process/sole_run.hpp"
#include "common/time/backoff.hpp"
#include "messaging/event_seal.hpp"
#include "messaging/inbox/consumer_link.hpp"
#include "messaging/inbox/event_handler.hpp"
#include "messaging/inbox/inbox.hpp"
#include "messaging/inbox/letters/letter_budget.hpp"
#include "messaging/inbox/parking.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/limited_work.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace musterd {

struct consumer_options {
  std::string database_url;
  amqp_options broker;
  /// Seals events that only we publish; absent only in tests.
  std::optional<event_seal> seal;
  /// How often to look for released and overdue messages.
  std::chrono::milliseconds tick{1000};
  /// How late after its delay a retry may return before the consumer takes it from the table.
  std::chrono::milliseconds overdue{60000};
  std::chrono::milliseconds silence = silence_limit;
};

/// Handles the events of one queue: each effect once, in order per key. One thread calls `run`.
///
/// Each step commits in the database, then tells the broker. A crash in between causes a redelivery that
/// finds its event in the inbox (done), parked (waits), or as the head of its key (fails again). An
/// unreachable database costs no attempt: the connection is dropped, and the queue keeps everything.
class consumer {
 public:
  consumer(consumer_options options, consumer_spec spec, event_handler& handler, messaging_stats& stats);

  /// Runs until stopped: the current batch is finished, everything else stays in the queue. A second thread
  /// waits for the first.
  void run(const ending& until);
  const consumer_spec& spec() const { return spec_; }

 private:
  using clock = std::chrono::steady_clock;
  using events = std::vector<const received_event*>;
  enum class verdict { done, duplicate, parked, no_room, locked, dead, failed_before, failed, contradicts };
  struct failure {
    std::string error;
    bool transient = true;
    /// Attempts recorded before, if it failed then.
    int attempts = 0;
  };
  /// `contradicted`: another event has its id. `no_room`: too much waits behind its key.
  enum class unfitness { refused, contradicted, no_room };
  struct unfit_event {
    const received_event* message;
    dead_reason reason;
    std::string error;
    unfitness kind = unfitness::refused;
  };
  using unfit_events = std::vector<unfit_event>;
  struct admitted {
    events sound, ignored;
    unfit_events unfit;
    /// An event of our own was among them.
    bool sealed = false;
  };

  void turn(const ending& until);
  void tick();
  /// For all queries, so that none waits for ever.
  limited_work begin() { return {*db_, *db_interruption_, options_.silence}; }
  void handle_batch(std::vector<received_event> batch);
  admitted admit(std::vector<received_event>& batch);
  bool is_sealed(const received_event& message) const;
  void expect_seals();
  event_claim claim_of(const received_event& message) const;
  bool handle_together(const events& batch, events& settled, events& heads, unfit_events& unfit);
  events not_handled_yet(const events& batch);
  bool forward_in_order(const events& fresh, unfit_events& unfit);
  bool forward_together(const events& those, unfit_events& unfit);
  void handle_alone(const received_event& message, unfit_events& unfit);
  void postpone(const received_event& message);
  verdict attempt(const received_event& message, failure& why);
  bool failed_before(const received_event& message, const parked_head& head) const;
  bool set_aside(const received_event& message, const failure& why);
  events drop_without_room(pqxx::transaction_base& tx, events& waiting) const;
  static unfit_event without_room(const received_event& message);
  void set_aside_unfit(const unfit_events& those);
  std::set<const received_event*> failing_before(pqxx::transaction_base& tx, const unfit_events& those) const;
  void report(const unfit_events& those) const;
  std::optional<uuid> bury_unfit(pqxx::transaction_base& tx, const unfit_event& one);
  void report_flood();
  bool is_of_known_tenant(pqxx::transaction_base& tx, const received_event& message);
  void lose_connections(const std::exception& why);

  consumer_options options_;
  consumer_spec spec_;
  event_handler& handler_;
  messaging_stats& stats_;
  std::timed_mutex running_;
  wake_signal wake_;
  backoff backoff_;
  std::unique_ptr<pqxx::connection> db_;
  std::optional<interruption> db_interruption_;
  std::unique_ptr<consumer_link> link_;
  clock::time_point next_tick_{};
  /// Tenants are never deleted.
  std::set<tenant_uuid> known_tenants_;
  /// Of the current batch: keys whose head is locked by others, and their messages since.
  std::set<owned_id> locked_keys_;
  std::set<const received_event*> postponed_;
  bool only_sealed_ = false;
  /// Each kind has its own share, so that a flood of one hides nothing of another.
  struct ration {
    letter_budget letters;
    alert_budget alerts;
    /// Since the last flood alert.
    std::uint64_t unalerted = 0, unwritten = 0;
  };
  std::map<unfitness, ration> rations_;
  ration failures_;
  clock::time_point next_flood_alert_{};
};

}  // namespace musterd
