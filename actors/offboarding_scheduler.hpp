#pragma once

#include "actors/entities.hpp"
#include "actors/offboarding_aggregate.hpp"
#include "actors/timecard_aggregate.hpp"
#include "persistence/due_commands.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>

namespace musterd {

/// Keeps offboarding cases going: looks in the database for commands whose time has come, does what this
/// server does itself, and has the cases ask for the rest. It remembers nothing that matters: after a crash
/// the rows say what is due. Of several nodes one schedules, by advisory lock.
class offboarding_scheduler {
 public:
  offboarding_scheduler(std::string database_url, const offboarding_policy& policy,
                        entities<offboarding_aggregate>& cases, entities<timecard_aggregate>& timecards);

  /// One thread, until stopped.
  void run(const std::stop_token& stop);
  /// Something may be due now. From any thread.
  void wake();

 private:
  using clock = std::chrono::steady_clock;

  /// When to look again unless woken.
  timestamp turn(pqxx::connection& db);
  void start(const due_command& due, timestamp now);
  void close_clock_session(const due_command& due, const request_context& ctx);
  void report(const due_command& due, const request_context& ctx, std::optional<std::string> error);
  std::function<void(entity_answer, bool)> settle(const due_command& due);
  struct occupation {
    /// Not to be begun now: under way, or left alone after a failure.
    std::vector<uuid> commands;
    std::size_t under_way = 0;
  };
  occupation occupied();

  std::string url_;
  const offboarding_policy& policy_;
  entities<offboarding_aggregate>& cases_;
  entities<timecard_aggregate>& timecards_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
  /// Under way; or failed just now, and left alone until then.
  std::map<uuid, clock::time_point> busy_;
};

}  // namespace musterd
