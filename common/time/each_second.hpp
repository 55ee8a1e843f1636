#pragma once

#include <chrono>
#include <utility>

namespace musterd {

/// Tells when per-second counters start over, by a monotonic clock.
class each_second {
 public:
  /// Whether a new second has begun since the last call.
  bool has_passed() {
    auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now());
    return std::exchange(last_, now) != now;
  }

 private:
  std::chrono::time_point<std::chrono::steady_clock, std::chrono::seconds> last_{};
};

}  // namespace musterd
