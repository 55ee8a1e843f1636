#include "persistence/lead/leader_loop.hpp"

namespace musterd {

using clock = std::chrono::steady_clock;

void leader_loop::run(const ending& until) {
  auto alone = sole_run(running_, until.stop);
  if (!alone)
    return;
  work_.begun(until);
  while (!until.stop.stop_requested()) {
    try {
      lead(until);
    } catch (const std::exception& e) {
      work_.lost(e.what());
      sleep_until(until.stop, clock::now() + pause_.next());
    }
  }
}

void leader_loop::wake() {
  {
    std::lock_guard lock{mutex_};
    woken_ = true;
  }
  changed_.notify_one();
}

void leader_loop::wait(const std::stop_token& stop, instant until) {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, stop, until, [this] { return woken_; });
  woken_ = false;
}

/// Over one session, for as long as it lasts.
void leader_loop::lead(const ending& until) {
  leader_session at{leases_, role_, until.cut};
  while (!until.stop.stop_requested()) {
    auto next = clock::now() + role_.asked_every;
    work_.look(at);
    if (at.term() || at.try_lead(last_)) {
      at.expect_lead();
      last_ = at.term();
      next = work_.turn(at, until);
    }
    pause_.reset();
    wait(until.stop, next);
  }
  if (at.term())
    work_.finish(at);
  at.give_up();
}

}  // namespace musterd
