#include "messaging/outbox/refusing_routes.hpp"

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

std::size_t waiting(const refusing_routes& of) {
  return of.waiting_keys().size();
}

const refusing_routes::route full{"people.events", "clock"}, other{"people.events", "breaks"};

const refusing_routes::clock::time_point start{1h};

bool nothing_on_its_way(const refusing_routes::route&, const uuid&) {
  return false;
}

/// Keys 1 to `count`, refused in this order.
refusing_routes after_refusing(std::uint8_t count) {
  refusing_routes all;
  for (std::uint8_t n = 1; n <= count; ++n)
    all.refused(full, key(n), start);
  return all;
}

}  // namespace

TEST_CASE("refusing routes: while one refuses its keys wait, and those of others do not") {
  refusing_routes all;
  CHECK(all.may_offer(full, key(1)));
  CHECK(all.refused(full, key(1), start));
  CHECK_FALSE(all.refused(full, key(2), start));  // it was in flight with the first
  CHECK_FALSE(all.may_offer(full, key(3)));
  CHECK(all.may_offer(other, key(3)));
  CHECK(waiting(all) == 3);
}

TEST_CASE("refusing routes: while all are refused one key is tried, in turns, later and later") {
  auto all = after_refusing(5);
  CHECK_FALSE(all.try_again(start + 49ms, nothing_on_its_way));
  auto now = start;
  std::vector<std::chrono::milliseconds> pauses;
  std::vector<std::uint8_t> tried;
  for (int i = 0; i < 10; ++i) {
    auto before = now;
    now = all.next_try().value();
    pauses.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - before));
    REQUIRE(all.try_again(now, nothing_on_its_way));
    CHECK(waiting(all) == 4);
    for (std::uint8_t n = 1; n <= 5; ++n)
      if (all.may_offer(full, key(n)))
        tried.push_back(n);
    CHECK_FALSE(all.refused(full, key(tried.back()), now));
    CHECK(waiting(all) == 5);
  }
  CHECK(tried == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 1, 2, 3, 4, 5});
  CHECK(pauses[0] == 50ms);
  CHECK(pauses[1] == 100ms);
  CHECK(pauses.back() == 5s);
  CHECK(std::ranges::is_sorted(pauses));
}

TEST_CASE("refusing routes: with each that is taken twice as many are tried, until nobody waits") {
  auto all = after_refusing(7);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  CHECK(waiting(all) == 6);
  all.took(full, key(1), start + 1s);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  CHECK(waiting(all) == 4);
  all.took(full, key(2), start + 1s);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  CHECK(waiting(all) == 1);
  for (std::uint8_t n = 3; n <= 6; ++n)
    all.took(full, key(n), start + 1s);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  CHECK(waiting(all) == 0);
  CHECK_FALSE(all.next_try());
  // Nobody waits, so the next need not wait either.
  CHECK(all.may_offer(full, key(8)));
  CHECK(waiting(all) == 0);
}

TEST_CASE("refusing routes: one is forgotten when nobody waits there and nothing was refused for a while") {
  auto all = after_refusing(2);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  all.took(full, key(1), start + 1s);
  CHECK(all.forget_ended(start + 1h).empty());  // the second still waits
  REQUIRE(all.try_again(start + 2s, nothing_on_its_way));
  all.took(full, key(2), start + 2s);
  CHECK(all.forget_ended(start + refusing_routes::longest_pause - 1ms).empty());
  // A queue that is full now and then is one problem, not many.
  CHECK_FALSE(all.refused(full, key(2), start + 3s));
  REQUIRE(all.try_again(all.next_try().value(), nothing_on_its_way));
  CHECK(all.forget_ended(start + 3s + refusing_routes::longest_pause - 1ms).empty());
  CHECK(all.forget_ended(start + 3s + refusing_routes::longest_pause) == std::vector{full});
  CHECK(all.empty());
  CHECK(all.refused(full, key(1), start + 9s));
}

TEST_CASE("refusing routes: what was on its way before the refusal proves nothing when it is taken") {
  refusing_routes all;
  all.refused(full, key(1), start);
  all.took(full, key(2), start + 1ms);
  CHECK_FALSE(all.may_offer(full, key(3)));
  CHECK(all.next_try() == start + 50ms);
}

TEST_CASE(
    "refusing routes: a key that is heard of late counts, and one that is never heard of stops nobody") {
  auto all = after_refusing(3);
  REQUIRE(all.try_again(start + 50ms, nothing_on_its_way));
  REQUIRE(all.try_again(start + 1050ms, nothing_on_its_way));
  CHECK(waiting(all) == 1);
  all.took(full, key(1), start + 1060ms);
  REQUIRE(all.try_again(start + 1060ms, nothing_on_its_way));
  CHECK(waiting(all) == 0);
  all.took(full, key(3), start + 1070ms);  // the second, say, is gone from the outbox
  CHECK(all.forget_ended(start + 6s) == std::vector{full});
}

TEST_CASE("refusing routes: keys that were taken go on until anything is refused") {
  auto all = after_refusing(4);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  all.took(full, key(1), start + 1s);
  CHECK(all.may_offer(full, key(1)));
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  all.took(full, key(2), start + 1s);
  CHECK(waiting(all) == 1);
  all.refused(full, key(1), start + 1s);
  CHECK_FALSE(all.may_offer(full, key(1)));
  CHECK_FALSE(all.may_offer(full, key(2)));
  CHECK(waiting(all) == 3);
}

TEST_CASE("refusing routes: a try counts once, and ends with the first refusal") {
  auto all = after_refusing(7);
  REQUIRE(all.try_again(start + 50ms, nothing_on_its_way));
  all.refused(full, key(1), start + 50ms);
  CHECK(all.next_try() == start + 150ms);
  // The queue is emptied slowly: it takes one now and then, and is tried as often.
  REQUIRE(all.try_again(start + 150ms, nothing_on_its_way));
  all.took(full, key(2), start + 160ms);
  all.refused(full, key(2), start + 170ms);
  CHECK(all.next_try() == start + 220ms);
  REQUIRE(all.try_again(start + 220ms, nothing_on_its_way));
  all.took(full, key(3), start + 230ms);
  REQUIRE(all.try_again(start + 230ms, nothing_on_its_way));
  CHECK(waiting(all) == 4);
  for (std::uint8_t n : {4, 5})
    all.refused(full, key(n), start + 240ms);
  all.took(full, key(6), start + 240ms);
  CHECK(all.next_try() == start + 340ms);
  CHECK_FALSE(all.may_offer(full, key(6)));
}

TEST_CASE("refusing routes: while a try is on its way there is no other, however long it takes") {
  auto all = after_refusing(3);
  REQUIRE(all.try_again(start + 50ms, nothing_on_its_way));
  auto first_there = [](const auto& at, const uuid& of) { return at == full && of == key(1); };
  CHECK_FALSE(all.try_again(start + 1h, first_there));
  CHECK(all.next_try() > start + 1h);
  CHECK(waiting(all) == 2);
  CHECK(all.try_again(start + 2h, [](const auto& at, const uuid&) { return at == other; }));
}

TEST_CASE("refusing routes: where a row cost the channel, each is tried alone until one is taken") {
  refusing_routes all;
  all.broke(full, key(1), start);
  CHECK(waiting(all) == 0);  // the dead letter's key need not wait
  CHECK(all.breaks(full));
  CHECK_FALSE(all.may_offer(full, key(2)));
  CHECK_FALSE(all.may_offer(full, key(3)));
  CHECK(all.may_offer(other, key(3)));
  CHECK_FALSE(all.try_again(start + 49ms, nothing_on_its_way));
  REQUIRE(all.try_again(start + 50ms, nothing_on_its_way));
  CHECK(all.may_offer(full, key(2)));
  all.broke(full, key(2), start + 60ms);
  CHECK(waiting(all) == 1);
  CHECK(all.next_try() == start + 160ms);
  REQUIRE(all.try_again(start + 160ms, nothing_on_its_way));
  all.took(full, key(3), start + 170ms);
  CHECK_FALSE(all.breaks(full));
  CHECK(all.may_offer(full, key(4)));
}

TEST_CASE(
    "refusing routes: where a row cost the channel and nobody waits, nothing is said to be taken again") {
  refusing_routes all;
  all.broke(full, key(1), start);
  CHECK(all.forget_ended(start + refusing_routes::longest_pause).empty());
  CHECK(all.empty());
}

TEST_CASE("refusing routes: what is not answered has not cost the channel, and is tried later and later") {
  refusing_routes all;
  all.broke(full, key(1), start);
  CHECK(all.breaks(full));
  all.unanswered(full, key(1), start + 10s);
  CHECK_FALSE(all.breaks(full));
  CHECK(all.is_silent(full));
}

TEST_CASE(
    "refusing routes: where nothing is answered all wait, also those that went on, until one is taken") {
  auto all = after_refusing(2);
  REQUIRE(all.try_again(start + 1s, nothing_on_its_way));
  all.took(full, key(1), start + 1s);
  all.unanswered(full, key(3), start + 20s);
  CHECK(all.is_silent(full));
  CHECK(waiting(all) == 3);
  CHECK_FALSE(all.may_offer(full, key(1)));
  REQUIRE(all.try_again(start + 21s, nothing_on_its_way));
  CHECK(waiting(all) == 2);
  all.refused(full, key(2), start + 21s);
  CHECK(all.is_silent(full));  // brokers refuse what they waited for without result
  REQUIRE(all.try_again(start + 22s, nothing_on_its_way));
  all.took(full, key(3), start + 22s);
  CHECK_FALSE(all.is_silent(full));
  REQUIRE(all.try_again(start + 22s, nothing_on_its_way));
  CHECK(waiting(all) == 0);
}
