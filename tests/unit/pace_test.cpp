#include "domain/pace.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

constexpr pace::instant noon{100h};

/// How long `letters` take when every batch needs `each` on top of waiting for its turn.
std::chrono::nanoseconds time_for(std::int64_t letters, std::int64_t rate, std::chrono::nanoseconds each) {
  pace p{rate, noon};
  auto now = noon;
  while (letters > 0) {
    now = std::max(now, p.next()) + each;
    auto batch = std::min(letters, p.batch());
    letters -= batch;
    p.spend(batch, now);
  }
  return now - noon;
}

}  // namespace

TEST_CASE(
    "pace: 10000 letters keep every rate within 5 percent, however long a batch takes within its turn") {
  for (std::int64_t rate : {1, 3, 49, 50, 99, 777, 1000, 5000})
    for (auto each : {0ms, 5ms, 15ms}) {
      CAPTURE(rate);
      CAPTURE(each.count());
      auto ideal = 10'000.0 / static_cast<double>(rate);
      auto taken = std::chrono::duration<double>{time_for(10'000, rate, each)}.count();
      CHECK(taken > 0.95 * ideal);
      CHECK(taken < 1.05 * ideal);
    }
}

TEST_CASE(
    "pace: nothing goes before it is earned; a batch is never more than a fiftieth of a second's worth") {
  CHECK(pace{1, noon}.next() == noon + 1s);
  CHECK(pace{50, noon}.next() == noon + 20ms);
  for (std::int64_t rate : {50, 5000})
    CHECK(pace{rate, noon}.batch() == rate / 50);
}

TEST_CASE("pace: a short delay is made up for; after a long one there is no flood") {
  pace late{100, noon};
  late.spend(late.batch(), noon + 500ms);
  CHECK(late.next() <= noon + 500ms);
  late.spend(late.batch(), noon + 1h);
  CHECK(late.next() > noon + 1h);
}
