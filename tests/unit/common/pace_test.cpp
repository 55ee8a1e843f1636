#include "domain/kernel/pace.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

constexpr pace::instant noon{100h};

/// Seconds for `letters` when a batch costs `each` on top of waiting for its turn, and every tenth five times
/// that.
double seconds_for(std::int64_t letters, std::int64_t rate, std::chrono::nanoseconds each) {
  pace p{rate, noon};
  auto now = noon;
  for (int batch = 1; letters > 0; ++batch) {
    now = std::max(now, p.next());
    auto taken = std::min(letters, p.due(now));
    REQUIRE(taken > 0);
    now += batch % 10 == 0 ? 5 * each : each;
    letters -= taken;
    p.spend(taken, now);
  }
  return std::chrono::duration<double>{now - noon}.count();
}

}  // namespace

TEST_CASE(
    "pace: 10000 letters keep every rate within 5 percent, however long their commits take within reason") {
  for (std::int64_t rate : {1, 3, 49, 50, 99, 777, 1000, 5000})
    for (auto each : {0ms, 5ms, 15ms}) {
      CAPTURE(rate);
      CAPTURE(each.count());
      auto ideal = 10'000.0 / static_cast<double>(rate);
      auto taken = seconds_for(10'000, rate, each);
      CHECK(taken > 0.95 * ideal);
      CHECK(taken < 1.05 * ideal);
    }
}

TEST_CASE("pace: nothing goes before it is earned, and then a fiftieth of a second's worth") {
  CHECK(pace{1, noon}.next() == noon + 1s);
  CHECK(pace{1, noon}.due(noon + 999ms) == 0);
  CHECK(pace{1, noon}.due(noon + 1s) == 1);
  CHECK(pace{50, noon}.next() == noon + 20ms);
  CHECK(pace{5000, noon}.due(noon + 20ms) == 100);
}

TEST_CASE("pace: who is late may take what was earned meanwhile, but not without bound") {
  CHECK(pace{5000, noon}.due(noon + 40ms) == 200);
  CHECK(pace{5000, noon}.due(noon + 10s) == 500);
}

TEST_CASE("pace: a short delay is made up for; after a long one there is no flood") {
  pace late{100, noon};
  late.spend(2, noon + 500ms);
  CHECK(late.next() <= noon + 500ms);
  late.spend(2, noon + 1h);
  CHECK(late.next() > noon + 1h);
}
