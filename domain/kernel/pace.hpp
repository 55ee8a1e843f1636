#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace musterd {

/// Spreads work over time: so many items per second, in batches that go once earned. Usually a fiftieth of a
/// second's worth, so that nobody waits long for its commit; a late caller may take more, which costs less.
class pace {
 public:
  using instant = std::chrono::steady_clock::time_point;

  pace(std::int64_t per_second, instant start) : per_second_{per_second}, start_{start} {}

  /// When a batch may go.
  instant next() const {
    return start_ + std::chrono::nanoseconds{(spent_ + usual_batch()) * a_second / per_second_};
  }
  /// How many items may go now; 0 before `next()`.
  std::int64_t due(instant now) const {
    auto earned =
        std::chrono::nanoseconds{now - start_}.count() / 1000 * per_second_ / (a_second / 1000) - spent_;
    return now < next() ? 0 : std::clamp(earned, usual_batch(), most_usual_batches * usual_batch());
  }
  /// Short delays are caught up, so that the rate holds; after a long one there is no flood.
  void spend(std::int64_t count, instant now) {
    spent_ += count;
    if (now - next() > std::chrono::seconds{1}) {
      start_ = now;
      spent_ = 0;
    }
  }

 private:
  static constexpr std::int64_t a_second = 1'000'000'000, most_usual_batches = 5;
  std::int64_t usual_batch() const { return (per_second_ + 49) / 50; }

  std::int64_t per_second_;
  instant start_;
  std::int64_t spent_ = 0;
};

}  // namespace musterd
