#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace musterd {

/// Exponential backoff with jitter (half to all of the delay), so that clients do not all hit a restarted
/// broker at once.
class backoff {
 public:
  using milliseconds = std::chrono::milliseconds;

  explicit backoff(milliseconds first = milliseconds{100}, milliseconds most = milliseconds{10000})
      : first_{first}, most_{most}, next_{first} {}

  milliseconds next() {
    auto full = next_.count();
    next_ = std::min(next_ * 2, most_);
    return milliseconds{std::uniform_int_distribution<std::int64_t>{full / 2, full}(random_)};
  }
  void reset() { next_ = first_; }

 private:
  milliseconds first_, most_, next_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace musterd
