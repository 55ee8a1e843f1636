#pragma once

#include "common/time/backoff.hpp"
#include "messaging/amqp/amqp_connection.hpp"
#include "messaging/messaging_stats.hpp"
#include "persistence/lead/leader_loop.hpp"

#include <map>
#include <optional>
#include <set>

namespace musterd {

/// Takes out of the broker's dead-letter queues what is decided (messaging.dead_letter_sweep). The work is
/// noted with the decision and struck off when it is done, so a crash in between only has it done again. Of
/// several servers on one database one works, by lease. A queue that cannot be
/// swept keeps no other waiting, and after an hour there is an alert. What is not found may be in somebody
/// else's hands: it is looked for for an hour.
class dead_letter_sweeper {
 public:
  dead_letter_sweeper(lease_keeper& leases, amqp_options broker, messaging_stats& stats,
                      std::chrono::milliseconds tick = std::chrono::seconds{1});

  /// One thread; a second waits for the first.
  void run(const ending& until) { loop_.run(until); }

 private:
  using clock = std::chrono::steady_clock;
  struct decided {
    /// Letters whose copies have not been found yet, and by their events.
    std::set<std::string> missing;
    std::multimap<std::string, std::string> by_event;
    /// Found, or looked for long enough.
    std::set<std::string> done, overdue;
    bool has(const amqp_delivery& copy);
  };
  struct queue_state {
    std::set<std::string> not_found;
    clock::time_point look_again{}, next_alert{};
  };

  bool turn(leader_session& at, const ending& until);
  bool work_off(leader_session& at, const std::string& queue);
  void sweep(leader_session& at, const std::string& queue, decided& these);
  void report_not_swept(leader_session& at, const std::string& queue, const std::string& why);
  static decided due_in(leader_session& at, const std::string& queue);

  amqp_options broker_;
  messaging_stats& stats_;
  std::chrono::milliseconds tick_;
  /// Of those where something was missing or went wrong.
  std::map<std::string, queue_state> queues_;
  /// Until the next turn.
  std::chrono::milliseconds pause_{};
  /// While a queue cannot be swept.
  backoff backoff_;
  leader_loop loop_;
};

}  // namespace musterd
