#pragma once

#include <chrono>
#include <utility>

namespace musterd {

/// Tells when what is counted by the second starts over: by a clock that only goes forward.
class each_second {
 public:
  /// Whether another second has begun since the last call.
  bool has_passed() {
    auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now());
    return std::exchange(last_, now) != now;
  }

 private:
  std::chrono::time_point<std::chrono::steady_clock, std::chrono::seconds> last_{};
};

}  // namespace musterd
