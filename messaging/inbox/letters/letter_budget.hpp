#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace musterd {

/// A token bucket: refills at a steady rate.
class allowance {
 public:
  using clock = std::chrono::steady_clock;

  allowance(double capacity, double per_second)
      : capacity_{capacity}, per_second_{per_second}, left_{capacity} {}

  double left(clock::time_point now) {
    left_ = std::min(capacity_, left_ + std::chrono::duration<double>(now - last_).count() * per_second_);
    last_ = now;
    return left_;
  }
  void use(double amount) { left_ -= amount; }

 private:
  double capacity_, per_second_, left_;
  clock::time_point last_ = clock::now();
};

/// How much is stored of messages that nobody can handle, since any publisher can send any number of them.
/// Headers count like bodies. The rest is only in the broker's dead-letter queue.
class letter_budget {
 public:
  static constexpr std::size_t most = 1 << 20, beginning = 1024;

  /// Bytes to keep of a body of `size`; 0: no letter.
  std::size_t take(std::size_t size, std::size_t headers, allowance::clock::time_point now) {
    auto left = volume_.left(now);
    auto fixed = row + static_cast<double>(headers);
    if (left < beginning + fixed)
      return 0;
    auto kept = left > capacity / 2 ? most : beginning;
    volume_.use(static_cast<double>(std::min(kept, size)) + fixed);
    return kept;
  }

 private:
  static constexpr double capacity = 16 << 20, bytes_per_second = 4096, row = 2048;

  allowance volume_{capacity, bytes_per_second};
};

/// Which letters get their own alert.
class alert_budget {
 public:
  bool take(allowance::clock::time_point now) {
    if (alerts_.left(now) < 1)
      return false;
    alerts_.use(1);
    return true;
  }

 private:
  static constexpr double most = 100, per_second = 0.1;

  allowance alerts_{most, per_second};
};

}  // namespace musterd
