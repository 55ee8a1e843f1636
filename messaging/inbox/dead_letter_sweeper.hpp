#pragma once

#include "common/process/interruption.hpp"
#include "common/process/sole_run.hpp"
#include "messaging/amqp/amqp_connection.hpp"
#include "messaging/amqp/backoff.hpp"
#include "messaging/database_session.hpp"
#include "messaging/messaging_stats.hpp"
#include "messaging/outbox/wake_signal.hpp"
#include "persistence/journal/backend_succession.hpp"

#include <map>
#include <optional>
#include <set>

namespace musterd {

/// Takes out of the broker's dead-letter queues what is decided (messaging.dead_letter_sweep). The work is
/// noted with the decision and struck off when it is done, so a crash in between only has it done again. Of
/// several servers on one database one works, the others wait for its advisory lock. A queue that cannot be
/// swept keeps no other waiting, and after an hour there is an alert. What is not found may be in somebody
/// else's hands: it is looked for for an hour.
class dead_letter_sweeper {
 public:
  dead_letter_sweeper(std::string database_url, amqp_options broker, messaging_stats& stats,
                      std::chrono::milliseconds tick = std::chrono::seconds{1})
      : url_{std::move(database_url)}, broker_{std::move(broker)}, stats_{stats}, tick_{tick} {
    broker_.name += " sweeper";
    broker_.max_body = 0;  // bodies are not looked at
    broker_.only_listens = true;
  }

  /// One thread; a second waits for the first.
  void run(const ending& until);

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

  bool turn(const ending& until);
  bool work_off(const std::string& queue);
  void lose_database();
  bool lead();
  decided due_in(const std::string& queue);
  void sweep(const std::string& queue, decided& these);
  void report_not_swept(const std::string& queue, const std::string& why);

  std::string url_;
  amqp_options broker_;
  messaging_stats& stats_;
  std::chrono::milliseconds tick_;
  /// Of those where something was missing or went wrong.
  std::map<std::string, queue_state> queues_;
  /// Until the next turn.
  std::chrono::milliseconds pause_{};
  std::timed_mutex running_;
  wake_signal stopping_;
  /// Holds the lock by which this sweeper leads.
  backend_succession session_;
  std::unique_ptr<pqxx::connection> db_;
  std::optional<interruption> interruption_;
  bool leads_ = false;
  backoff backoff_;
};

}  // namespace musterd
