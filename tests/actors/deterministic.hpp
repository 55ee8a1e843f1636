#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <doctest/doctest.h>

#include <random>

namespace musterd::test {

/// An actor system without threads, on CAF's test coordinator: the test decides when and in which order jobs
/// run, and when time passes. Adds a clean end and exploration of interleavings.
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
    // A delayed message holds its receiver; the actors are dead, so this arms nothing new.
    scheduler_.clock().trigger_timeouts();
    settle();
  }

  caf::actor_system& system() { return system_; }

  /// Keeps the actor alive until the test ends.
  template <class Handle>
  Handle keep(Handle handle) {
    kept_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  /// Runs all jobs. With a seed their order is random: another seed, another interleaving.
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

  /// Advances time, stopping at every timeout: a 1 s tick ticks ten times in 10 s.
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
