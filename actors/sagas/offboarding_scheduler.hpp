#pragma once

#include "actors/aggregates/occupied_commands.hpp"
#include "actors/aggregates/offboarding_aggregate.hpp"
#include "actors/aggregates/timecard_aggregate.hpp"
#include "actors/entities.hpp"
#include "actors/journal/journal_client.hpp"
#include "persistence/jobs/due_commands.hpp"
#include "persistence/lead/leader_loop.hpp"

#include <mutex>
#include <set>

namespace musterd {

/// Keeps offboarding cases going: looks in the database for commands whose time has come, does what this
/// server does itself, and has the cases ask for the rest. It remembers nothing that matters: after a crash
/// the rows say what is due. Of several nodes one schedules, by lease. What one that has lost it unawares
/// still sets going is done once all the same: the case decides, on the version of its record.
class offboarding_scheduler {
 public:
  offboarding_scheduler(lease_keeper& leases, const offboarding_policy& policy,
                        entities<offboarding_aggregate>& cases, entities<timecard_aggregate>& timecards,
                        const journal_client& commits);

  /// One thread, until stopped.
  void run(const ending& until) { loop_.run(until); }
  /// Something may be due now. From any thread.
  void wake() { loop_.wake(); }

 private:
  /// When to look again unless woken.
  timestamp turn(leader_session& at);
  void set_aside(const unreadable_command& which, timestamp now);
  void start(const due_command& due, timestamp now);
  void close_clock_session(const due_command& due, const request_context& ctx);
  void report(const due_command& due, const request_context& ctx, std::optional<std::string> error);
  std::function<void(entity_answer, bool)> settle(const due_command& due);
  occupied_commands::figures occupied();

  const offboarding_policy& policy_;
  entities<offboarding_aggregate>& cases_;
  entities<timecard_aggregate>& timecards_;
  const journal_client& commits_;
  std::mutex mutex_;
  occupied_commands busy_;
  /// Those that could not be read and were reported; of the thread's own.
  std::set<uuid> reported_;
  std::chrono::steady_clock::time_point last_turn_{};
  leader_loop loop_;
};

}  // namespace musterd
