#include "supervision/restart_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {

std::string describe(const restart_policy& policy) {
  constexpr const char* names[] = {"one-for-one", "one-for-all", "rest-for-one"};
  return fmt::format("{}, {} restarts in {} s", names[static_cast<int>(policy.strategy)], policy.max_restarts,
                     policy.window.count());
}

bool restart_budget::spend(clock::time_point now) {
  while (!recent_.empty() && now - recent_.front() > policy_.window)
    recent_.pop_front();
  recent_.push_back(now);
  return static_cast<int>(recent_.size()) <= policy_.max_restarts;
}

std::chrono::milliseconds restart_budget::backoff(double noise) const {
  auto failures = std::max<std::size_t>(recent_.size(), 1);
  auto doublings = std::min<std::size_t>(failures - 1, 20);
  using std::chrono::milliseconds;
  auto wait = std::min(milliseconds{policy_.first_backoff.count() << doublings}, policy_.max_backoff);
  return wait + milliseconds{static_cast<milliseconds::rep>(static_cast<double>(wait.count()) * noise / 4)};
}

}  // namespace musterd
