#include "tests/http_unit/auth_fixture.hpp"

#include "http/auth/login_throttle.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <list>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto home = "192.0.2.1";

/// A throttle and its clock.
struct guarded_door {
  throttle_settings settings;
  login_throttle throttle{settings};
  timestamp now = noon;

  explicit guarded_door(throttle_settings s = {}) : settings{s}, throttle{s} {}

  outcome<login_throttle::attempt> begin(std::string_view user, std::string_view address,
                                         bool service = false) {
    return throttle.begin({"demo", user, service}, address, now);
  }
  /// How long an attempt has to wait; 0 for one that gets as far as the password, which is wrong.
  std::int64_t guess(std::string_view user, std::string_view address, bool was_there_before = false) {
    auto attempt = begin(user, address);
    auto ok = attempt ? attempt->admit(was_there_before, now) : outcome<void>{attempt.error()};
    if (!ok) {
      CHECK(ok.error().code == "TOO_MANY_REQUESTS");
      CHECK(http_status(ok.error().kind) == 429);
      return ok.error().retry_after_s.value();
    }
    attempt->wrong(now);
    return 0;
  }
  /// Whether the right password is taken.
  bool enter(std::string_view user, std::string_view address, bool was_there_before = false) {
    auto attempt = begin(user, address);
    if (!attempt || !attempt->admit(was_there_before, now))
      return false;
    attempt->right();
    return true;
  }
};

}  // namespace

TEST_CASE("throttle: some failures are free, then each doubles the wait") {
  guarded_door d;
  for (int i = 0; i < 6; ++i)
    CHECK(d.guess("ann", home) == 0);
  for (std::int64_t expected : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
    CHECK(d.guess("ann", home) == expected);
    d.now += std::chrono::seconds{expected};
    CHECK(d.guess("ann", home) == 0);
  }
}

TEST_CASE("throttle: guesses that come together get no further than one after another") {
  guarded_door d;
  std::list<login_throttle::attempt> under_way;
  for (int i = 0; i < 64; ++i)
    if (auto attempt = d.begin("ann", home))
      under_way.push_back(std::move(*attempt));
  CHECK(under_way.size() == 6);
  for (auto& attempt : under_way)
    attempt.wrong(d.now);
  under_way.clear();
  CHECK(d.guess("ann", home) == 1);
  d.now += 1s;
  auto one = d.begin("ann", home);
  CHECK(one.has_value());
  CHECK_FALSE(d.begin("ann", home).has_value());
}

TEST_CASE("throttle: an attempt without a verdict was none") {
  guarded_door d;
  for (int i = 0; i < 100; ++i) {
    auto attempt = d.begin("ann", home);
    REQUIRE(attempt.has_value());
    CHECK(attempt->admit(false, d.now).has_value());
  }
  for (int i = 0; i < 6; ++i)
    CHECK(d.guess("ann", home) == 0);
}

TEST_CASE("throttle: a name counts in any ASCII case, and only with its address") {
  guarded_door d;
  for (int i = 0; i < 6; ++i)
    CHECK(d.guess(i % 2 ? "Ann" : "ann", home) == 0);
  CHECK(d.guess("ANN", home) == 1);
  CHECK(d.enter("ann", "192.0.2.2"));
  CHECK(d.enter("bob", home));
  CHECK(d.guess("\u00c5nn", home) == 0);
}

TEST_CASE("throttle: an address counts over all names; IPv6 by its network") {
  guarded_door d;
  for (int i = 0; i < 51; ++i)
    CHECK(d.guess(fmt::format("user{}", i), fmt::format("2001:db8::{:x}", i)) == 0);
  CHECK(d.guess("ann", "2001:db8::ffff") == 1);
  CHECK(d.guess("ann", "2001:db8:0:1::1") == 0);
  CHECK(d.guess("ann", home) == 0);
}

TEST_CASE("throttle: who signed in from an address before is not held up by what others do there") {
  guarded_door d;
  CHECK(d.enter("ann", home));
  for (int i = 0; i < 60; ++i)
    d.guess(fmt::format("user{}", i), home);
  CHECK(d.guess("bob", home) > 0);
  CHECK(d.enter("ann", home));
}

TEST_CASE("throttle: success forgets the failures of somebody at an address, time forgets all") {
  guarded_door d;
  for (int i = 0; i < 6; ++i)
    d.guess("ann", home);
  d.now += 1s;
  CHECK(d.enter("Ann", home));
  CHECK(d.guess("ann", home) == 0);
  for (int i = 0; i < 60; ++i)
    d.guess("bob", home), d.now += 1s;
  CHECK(d.guess("bob", home) > 0);
  d.now += 2h;
  CHECK(d.guess("bob", home) == 0);
}

TEST_CASE(
    "throttle: many addresses share what may be guessed of one user; who was there before may come in") {
  guarded_door d;
  CHECK(d.enter("ann", home));
  int guessed = 0;
  for (int i = 0; i < 300; ++i)
    guessed += d.guess("ann", fmt::format("10.0.{}.{}", i / 250, i % 250)) == 0;
  CHECK(guessed == d.settings.of_user.guesses);
  CHECK_FALSE(d.enter("ann", "198.51.100.7"));
  CHECK(d.enter("ann", home));
  CHECK(d.enter("ann", "198.51.100.7", true));  // the database knows of a sign-in from there
  CHECK(d.enter("bob", "10.0.0.1"));
  d.now += 36s;  // a hundredth of an hour
  CHECK(d.guess("ann", "198.51.100.8") == 0);
  CHECK(d.guess("ann", "198.51.100.9") == 36);
}

TEST_CASE("throttle: a right password from a new address costs nothing of what may be guessed") {
  guarded_door d;
  for (int i = 0; i < 500; ++i)
    CHECK(d.enter("ann", fmt::format("10.0.{}.{}", i / 250, i % 250)));
}

TEST_CASE("throttle: a service is held up by its name nowhere but at the guesser's address") {
  guarded_door d;
  for (int i = 0; i < 200; ++i) {
    auto attempt = d.begin("pos", fmt::format("10.0.0.{}", i), true);
    REQUIRE(attempt.has_value());
    CHECK(attempt->admit(false, d.now).has_value());
    attempt->wrong(d.now);
  }
  CHECK(d.begin("pos", home, true).has_value());
  for (int i = 0; i < 6; ++i)
    d.begin("pos", home, true)->wrong(d.now);
  CHECK_FALSE(d.begin("pos", home, true).has_value());
  CHECK(d.guess("pos", home) == 0);  // a user of that name is somebody else
}

TEST_CASE("throttle: made-up tokens make their address wait for more of them, and for nothing else") {
  guarded_door d;
  for (int i = 0; i < 51; ++i)
    CHECK(d.throttle.made_up_token(home, d.now).has_value());
  auto refused = d.throttle.made_up_token(home, d.now);
  REQUIRE(refused.has_error());
  CHECK(refused.error().retry_after_s == 1);
  CHECK(d.throttle.made_up_token("192.0.2.2", d.now).has_value());
  CHECK(d.enter("ann", home));
}

TEST_CASE("throttle: what is remembered does not grow with the names that are tried") {
  recent_map<int> small{100};
  for (std::uint64_t i = 0; i < 10'000; ++i)
    small.touch(i) = 1;
  CHECK(small.size() == 100);
  CHECK(small.find(9'899) == nullptr);
  REQUIRE(small.find(9'900) != nullptr);
  small.touch(9'900);
  small.touch(10'000);
  CHECK(small.find(9'900) != nullptr);
  CHECK(small.find(9'901) == nullptr);
  small.erase(9'900);
  CHECK(small.size() == 99);
}

TEST_CASE("throttle: a flood of names does not make it forget a guesser while there is room") {
  throttle_settings s;
  s.max_remembered = 100;
  guarded_door d{s};
  for (int i = 0; i < 6; ++i)
    d.guess("target", home);
  for (int i = 0; i < 99; ++i)
    d.guess(fmt::format("noise{}", i), fmt::format("10.0.0.{}", i));
  CHECK(d.guess("target", home) > 0);
}
