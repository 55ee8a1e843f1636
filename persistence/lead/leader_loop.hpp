#pragma once

#include "common/process/sole_run.hpp"
#include "common/time/backoff.hpp"
#include "persistence/lead/leader_session.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

namespace musterd {

/// Of several servers on one database one leads, for as long as it has the lease: connect, lead, turn, wait.
/// One thread calls `run`.
class leader_loop {
 public:
  using instant = std::chrono::steady_clock::time_point;

  /// What a role does, always on the loop's thread.
  struct hooks {
    /// Does what is due; gives when the next is, unless somebody wakes the loop.
    std::function<instant(leader_session&, const ending&)> turn;
    /// The session or the lease is gone, and why; a new one is made after a while.
    std::function<void(const char* why)> lost;
    /// A run begins; another thread's has ended.
    std::function<void(const ending&)> begun = [](const ending&) {};
    /// Before each turn, and where another server leads instead of it.
    std::function<void(leader_session&)> look = [](leader_session&) {};
    /// Stopped after it led. After this nothing may be done under the lease.
    std::function<void(leader_session&)> finish = [](leader_session&) {};
  };

  leader_loop(lease_keeper& leases, leader_role role, hooks work)
      : leases_{leases}, role_{std::move(role)}, work_{std::move(work)},
        pause_{std::chrono::milliseconds{100}, role_.longest_pause} {}

  /// Until stopped; a second thread waits for the first.
  void run(const ending& until);
  /// Any thread: there is something to do.
  void wake();

 private:
  void lead(const ending& until);
  void wait(const std::stop_token& stop, instant until);

  lease_keeper& leases_;
  leader_role role_;
  hooks work_;
  std::timed_mutex running_;
  /// How this server led last.
  std::optional<lease_term> last_;
  backoff pause_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
};

}  // namespace musterd
