#pragma once

#include "common/process/interruption.hpp"
#include "common/process/sole_run.hpp"
#include "messaging/amqp/amqp_connection.hpp"
#include "messaging/amqp/backoff.hpp"
#include "messaging/database_session.hpp"
#include "messaging/outbox/wake_signal.hpp"
#include "persistence/journal/backend_succession.hpp"

#include <optional>
#include <set>

namespace musterd {

/// Takes out of the broker's dead-letter queues what is decided (messaging.dead_letter_sweep). The work is
/// noted with the decision and struck off when it is done, so a crash in between only has it done again. Of
/// several servers on one database one works, the others wait for its advisory lock. A queue that cannot be
/// swept keeps no other waiting.
class dead_letter_sweeper {
 public:
  dead_letter_sweeper(std::string database_url, amqp_options broker,
                      std::chrono::milliseconds tick = std::chrono::seconds{1})
      : url_{std::move(database_url)}, broker_{std::move(broker)}, tick_{tick} {
    broker_.name += " sweeper";
    broker_.max_body = 0;  // bodies are not looked at
  }

  /// One thread; a second waits for the first.
  void run(const ending& until);

 private:
  struct decided {
    std::set<std::string> letters, events;
    bool has(const amqp_delivery& copy) const;
  };

  bool turn(const ending& until);
  bool work_off(const std::string& queue);
  void lose_database();
  bool lead();
  void sweep(const std::string& queue, const decided& these);

  std::string url_;
  amqp_options broker_;
  std::chrono::milliseconds tick_;
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
