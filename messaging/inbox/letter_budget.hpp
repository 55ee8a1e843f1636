#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace musterd {

/// How much of the messages that nobody can handle is written down: anybody who may publish to a queue can
/// send as many as they like. What is not written down is in the broker's dead-letter queue.
class letter_budget {
 public:
  using clock = std::chrono::steady_clock;

  struct grant {
    /// Of its body; 0: no letter.
    std::size_t bytes = 0;
    /// An alert of its own.
    bool alert = false;
  };

  static constexpr std::size_t most = 1 << 20, beginning = 1024;

  /// For a body of `size` bytes.
  grant take(std::size_t size, clock::time_point now) {
    auto passed = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    volume_ = std::min(capacity, volume_ + passed * bytes_per_second);
    alerts_ = std::min(most_alerts, alerts_ + passed * alerts_per_second);
    if (volume_ < beginning + row)
      return {};
    grant result{volume_ > capacity / 2 ? most : beginning, alerts_ >= 1};
    volume_ -= static_cast<double>(std::min(result.bytes, size) + row);
    alerts_ -= result.alert ? 1 : 0;
    return result;
  }

 private:
  static constexpr double capacity = 16 << 20, bytes_per_second = 4096, row = 2048;
  static constexpr double most_alerts = 100, alerts_per_second = 0.1;

  clock::time_point last_ = clock::now();
  double volume_ = capacity, alerts_ = most_alerts;
};

}  // namespace musterd
