#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <doctest/doctest.h>

#include <random>

namespace musterd::test {

/// An actor system without threads: jobs run when the test says so, in the order it says, and time passes
/// when it says. See CAF's test coordinator; this adds what it takes to end cleanly and to explore
/// interleavings.
class deterministic {
 public:
  deterministic() = default;
  deterministic(const deterministic&) = delete;
  deterministic& operator=(const deterministic&) = delete;

  ~deterministic() {
    for (const auto& actor : kept_)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    kept_.clear();
    settle();
    // What is delayed holds its receiver; the actors are dead, so this cannot arm anything new.
    scheduler_.clock().trigger_timeouts();
    settle();
  }

  caf::actor_system& system() { return system_; }

  /// Keeps the actor until the test ends.
  template <class Handle>
  Handle keep(Handle handle) {
    kept_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  /// Runs jobs until none is left. With a seed, which job runs next is drawn: another seed, another
  /// interleaving.
  void settle() {
    while (scheduler_.has_job()) {
      if (random_ && scheduler_.jobs.size() > 1)
        std::rotate(scheduler_.jobs.begin(),
                    scheduler_.jobs.begin() + static_cast<long>((*random_)() % scheduler_.jobs.size()),
                    scheduler_.jobs.end());
      scheduler_.run_once();
    }
  }
  void explore(unsigned seed) { random_.emplace(seed); }

  /// Lets time pass, stopping at every timeout on the way, so that a tick of 1 s ticks ten times in 10 s.
  void pass(std::chrono::nanoseconds d) {
    auto& clock = scheduler_.clock();
    auto end = clock.now() + d;
    settle();
    while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
      clock.trigger_timeout();
      settle();
    }
    clock.current_time = std::max(clock.current_time, end);
  }

 private:
  struct settings : caf::actor_system_config {
    settings() { set("scheduler.policy", caf::atom("testing")); }
  };

  settings settings_;
  caf::actor_system system_{settings_};
  caf::scheduler::test_coordinator& scheduler_ =
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  std::optional<std::mt19937> random_;
  std::vector<caf::actor> kept_;
};

}  // namespace musterd::test
