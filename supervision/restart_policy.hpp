#pragma once

#include <chrono>
#include <deque>
#include <random>
#include <string>

namespace musterd {

/// Which children restart together with a failed one.
enum class restart_strategy { one_for_one, one_for_all, rest_for_one };

/// When a supervisor restarts a failed child, and when it gives up and fails itself (Erlang/OTP's restart
/// intensity).
struct restart_policy {
  restart_strategy strategy = restart_strategy::one_for_one;
  int max_restarts = 5;
  std::chrono::seconds window{30};
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds max_backoff{10'000};
};

/// "one-for-one, 5 restarts in 30 s"
std::string describe(const restart_policy& policy);

/// Counts restarts in a sliding window. Pure: time is passed in.
class restart_budget {
 public:
  using clock = std::chrono::steady_clock;
  explicit restart_budget(restart_policy policy) : policy_{policy} {}

  /// Notes a failure at `now`. False when the budget is used up and the failure must be escalated.
  [[nodiscard]] bool spend(clock::time_point now);
  /// Delay before this restart: doubles with every failure in the window, plus up to a quarter of jitter
  /// (`noise` in [0, 1)) so that neighbours do not return in step.
  std::chrono::milliseconds backoff(double noise) const;

 private:
  restart_policy policy_;
  std::deque<clock::time_point> recent_;
};

}  // namespace musterd
