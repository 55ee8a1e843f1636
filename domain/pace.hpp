#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace musterd {

/// Spreads work over time: so many per second, in small batches, each once it has been earned.
class pace {
 public:
  using instant = std::chrono::steady_clock::time_point;

  pace(std::int64_t per_second, instant start) : per_second_{per_second}, start_{start} {}

  /// A fiftieth of a second's worth, rounded up: little enough that nobody waits long for the commit of a
  /// batch.
  std::int64_t batch() const { return (per_second_ + 49) / 50; }
  /// When a batch may go.
  instant next() const {
    return start_ + std::chrono::nanoseconds{(spent_ + batch()) * 1'000'000'000 / per_second_};
  }
  /// A short delay is made up for, so that the rate holds; after a long one there is no flood.
  void spend(std::int64_t count, instant now) {
    spent_ += count;
    if (now - next() > std::chrono::seconds{1}) {
      start_ = now;
      spent_ = 0;
    }
  }

 private:
  std::int64_t per_second_;
  instant start_;
  std::int64_t spent_ = 0;
};

}  // namespace musterd
