#include "messaging/refusing_exchanges.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

uuid key(std::uint8_t n) {
  uuid result;
  result.bytes[15] = n;
  return result;
}

std::size_t waiting(const refusing_exchanges& of) {
  std::vector<uuid> keys;
  of.add_waiting_keys(keys);
  return keys.size();
}

const refusing_exchanges::clock::time_point start{1h};

}  // namespace

TEST_CASE("refusing exchanges: while one refuses its keys wait, and those of others do not") {
  refusing_exchanges all;
  CHECK(all.may_offer("full", key(1)));
  CHECK(all.refused("full", key(1), start));
  CHECK_FALSE(all.refused("full", key(2), start));  // was on its way with the first
  CHECK_FALSE(all.may_offer("full", key(3)));
  CHECK(all.may_offer("other", key(3)));
  CHECK(waiting(all) == 3);
}

TEST_CASE("refusing exchanges: one key at a time is tried, later and later, until it is taken") {
  refusing_exchanges all;
  for (std::uint8_t n = 1; n <= 5; ++n)
    all.refused("full", key(n), start);
  CHECK_FALSE(all.try_again(start + 49ms));
  auto now = start;
  std::vector<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 9; ++i) {
    auto before = now;
    now = all.next_try().value();
    pauses.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - before));
    REQUIRE(all.try_again(now));
    CHECK(waiting(all) == 4);
    int offered = 0;
    for (std::uint8_t n = 1; n <= 5; ++n)
      if (all.may_offer("full", key(n)))
        ++offered, all.refused("full", key(n), now);
    CHECK(offered == 1);
    CHECK(waiting(all) == 5);
  }
  CHECK(pauses[0] == 50ms);
  CHECK(pauses[1] == 100ms);
  CHECK(pauses.back() == 5s);
  CHECK(std::ranges::is_sorted(pauses));
  now = all.next_try().value();
  REQUIRE(all.try_again(now));
  CHECK(all.took("full", now));
  CHECK(waiting(all) == 0);
  CHECK(all.may_offer("full", key(1)));
  CHECK_FALSE(all.next_try().has_value());
}

TEST_CASE("refusing exchanges: one that refuses again soon waits as long as before, one that is well is "
          "forgotten") {
  refusing_exchanges all;
  all.refused("full", key(1), start);
  CHECK(all.took("full", start + 1s));
  CHECK(all.refused("full", key(1), start + 1100ms));
  CHECK(all.next_try() == start + 1200ms);
  CHECK(all.took("full", start + 2s));
  CHECK_FALSE(all.took("full", start + 3s));
  CHECK_FALSE(all.empty());
  CHECK_FALSE(all.took("full", start + 8s));
  CHECK(all.empty());
}

TEST_CASE("refusing exchanges: a key that is tried and never heard of again stops nobody") {
  refusing_exchanges all;
  all.refused("full", key(1), start);
  all.refused("full", key(2), start);
  REQUIRE(all.try_again(start + 50ms));
  CHECK(waiting(all) == 1);
  REQUIRE(all.try_again(start + 1050ms));
  CHECK(waiting(all) == 0);
  CHECK(all.took("full", start + 1060ms));
}
