#pragma once

#include "common/fault.hpp"
#include "domain/kernel/pace.hpp"
#include "persistence/find/find_dead_letter_replays.hpp"
#include "persistence/lead/leader_loop.hpp"

#include <functional>
#include <map>

namespace musterd {

/// Works off what replays chose, each at its own rate and side by side. Every letter is retried, noted as
/// done and audited in one commit, so whoever goes on after a crash repeats nothing. Of several servers on
/// one database one works, by lease, which the commits are under. One thread calls `run`.
class dead_letter_replayer {
 public:
  /// Commits, and waits for it.
  using commit_fn = std::function<std::optional<fault>(tenant_uuid, commit_unit)>;
  /// So many letters were decided about.
  using observer = std::function<void(dead_letter_verdict, std::int64_t)>;

  dead_letter_replayer(lease_keeper& leases, commit_fn commit, observer decided);

  /// A second thread waits for the first.
  void run(const ending& until) { loop_.run(until); }
  /// Any thread: there is a new one.
  void notify() { loop_.wake(); }

 private:
  struct progress {
    musterd::pace pace;
    /// All before it are decided.
    uuid last;
  };

  pace::instant turn(leader_session& at, const std::stop_token& stop);
  void advance(leader_session& at, const active_replay& of, progress& how_far);
  bool retry(leader_session& at, const active_replay& of, std::span<const dead_letter> letters);
  void finish(leader_session& at, const active_replay& of);
  std::optional<fault> commit(leader_session& at, tenant_uuid tenant, commit_unit unit);

  commit_fn commit_;
  observer decided_;
  std::map<uuid, progress> progress_;
  leader_loop loop_;
};

}  // namespace musterd
