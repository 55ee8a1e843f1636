#pragma once

#include "common/fault.hpp"
#include "common/process/interruption.hpp"
#include "common/process/sole_run.hpp"
#include "domain/kernel/pace.hpp"
#include "persistence/find/find_dead_letter_replays.hpp"
#include "persistence/journal/backend_succession.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

namespace musterd {

/// Works off what replays chose, each at its own rate and side by side. Every letter is retried, noted as
/// done and audited in one commit, so whoever goes on after a crash repeats nothing. Of several servers on
/// one database one works, the others wait for its advisory lock. One thread calls `run`.
class dead_letter_replayer {
 public:
  /// Commits, and waits for it.
  using commit_fn = std::function<std::optional<fault>(tenant_uuid, commit_unit)>;
  /// So many letters were decided about.
  using observer = std::function<void(dead_letter_verdict, std::int64_t)>;

  dead_letter_replayer(std::string database_url, commit_fn commit, observer decided)
      : url_{std::move(database_url)}, commit_{std::move(commit)}, decided_{std::move(decided)} {}

  /// A second thread waits for the first.
  void run(const ending& until);
  /// Any thread: there is a new one.
  void notify();

 private:
  struct progress {
    musterd::pace pace;
    /// All before it are decided.
    uuid last;
  };

  pace::instant turn(pqxx::connection& db, const std::stop_token& stop);
  void advance(pqxx::connection& db, const active_replay& of, progress& how_far);
  bool retry(pqxx::connection& db, const active_replay& of, std::span<const dead_letter> letters);
  void finish(const active_replay& of);
  void work(const ending& until);
  void wait(const std::stop_token& stop, pace::instant until);

  std::string url_;
  /// Holds the lock by which this node replays.
  backend_succession session_;
  commit_fn commit_;
  observer decided_;
  std::timed_mutex running_;
  std::map<uuid, progress> progress_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool notified_ = false;
};

}  // namespace musterd
