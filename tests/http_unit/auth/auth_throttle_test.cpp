#include "tests/http_unit/auth/auth_fixture.hpp"

#include "http/auth/limits/login_throttle.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <list>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto home = "192.0.2.1";

struct guarded_door {
  throttle_settings settings;
  login_throttle throttle{settings};
  timestamp now = noon;

  explicit guarded_door(throttle_settings s = {}) : settings{s}, throttle{s} {}

  outcome<login_throttle::attempt> begin(std::string_view user, std::string_view address,
                                         bool service = false) {
    return throttle.begin({"demo", user, service}, address, now);
  }
  /// An attempt that gets as far as the password.
  outcome<login_throttle::attempt> admitted(std::string_view user, std::string_view address,
                                            bool was_there_before = false, bool service = false) {
    auto attempt = begin(user, address, service);
    if (attempt)
      if (auto ok = attempt->admit(was_there_before, now); !ok)
        return ok.error();
    return attempt;
  }
  /// How many of `count` simultaneous attempts with the right password get that far.
  int together(int count, const std::function<outcome<login_throttle::attempt>(int)>& next) {
    std::list<login_throttle::attempt> under_way;
    for (int i = 0; i < count; ++i)
      if (auto attempt = next(i))
        under_way.push_back(std::move(*attempt));
    for (auto& attempt : under_way)
      attempt.right();
    return static_cast<int>(under_way.size());
  }
  /// Seconds an attempt has to wait; 0 if it gets as far as the password, which is wrong.
  std::int64_t guess(std::string_view user, std::string_view address, bool was_there_before = false) {
    auto attempt = admitted(user, address, was_there_before);
    if (!attempt) {
      CHECK(attempt.error().code == "TOO_MANY_REQUESTS");
      CHECK(http_status(attempt.error().kind) == 429);
      return attempt.error().retry_after_s.value();
    }
    attempt->wrong(now);
    return 0;
  }
  /// Whether the right password is accepted.
  bool enter(std::string_view user, std::string_view address, bool was_there_before = false) {
    auto attempt = admitted(user, address, was_there_before);
    if (!attempt)
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
    if (auto attempt = d.admitted("ann", home))
      under_way.push_back(std::move(*attempt));
  CHECK(under_way.size() == 6);
  for (auto& attempt : under_way)
    attempt.wrong(d.now);
  under_way.clear();
  CHECK(d.guess("ann", home) == 1);
  d.now += 1s;
  auto one = d.admitted("ann", home);
  CHECK(one.has_value());
  CHECK_FALSE(d.admitted("ann", home).has_value());
}

TEST_CASE(
    "throttle: right ones that come together are let in where they are known, and all behind one address") {
  guarded_door d;
  CHECK(d.together(16, [&](int) { return d.admitted("pos", home, false, true); }) == 16);
  CHECK(d.together(16, [&](int) { return d.admitted("ann", home, true); }) == 16);
  CHECK(d.together(60, [&](int i) { return d.admitted(fmt::format("user{}", i / 3), home); }) == 60);
}

TEST_CASE("throttle: guesses that come together are bounded, where somebody is known and over all names") {
  guarded_door d;
  std::list<login_throttle::attempt> under_way;
  auto begun = [&](const std::string& who, bool known) {
    if (auto attempt = d.admitted(who, home, known))
      under_way.push_back(std::move(*attempt));
  };
  for (int i = 0; i < 100; ++i)
    begun("ann", true);
  CHECK(under_way.size() == static_cast<std::size_t>(d.settings.at_once_if_known));
  under_way.clear();
  for (int i = 0; i < 500; ++i)
    begun(fmt::format("user{}", i), false);
  CHECK(under_way.size() == static_cast<std::size_t>(d.settings.of_address.at_once));
}

TEST_CASE("throttle: an address is forgiven a failure a minute, somebody's own ones are not") {
  guarded_door d;
  for (int i = 0; i < 51; ++i)
    CHECK(d.guess(fmt::format("user{}", i), home) == 0);
  d.now += 20min;
  for (int i = 0; i < 20; ++i)
    CHECK(d.guess(fmt::format("other{}", i), home) == 0);
  for (int i = 0; i < 6; ++i)
    d.guess("ann", "192.0.2.2");
  d.now += 20min;
  CHECK(d.guess("ann", "192.0.2.2") == 0);
  CHECK(d.guess("ann", "192.0.2.2") == 2);
}

TEST_CASE("throttle: a clock that is set back makes nobody wait for longer than they were told") {
  guarded_door d;
  for (int i = 0; i < 6; ++i)
    d.guess("ann", home);
  for (int i = 0; i < d.settings.of_user.guesses; ++i)
    d.guess("bob", fmt::format("10.0.0.{}", i));
  CHECK(d.guess("bob", "198.51.100.8") == 36);
  d.now -= 1h;
  CHECK(d.guess("ann", home) == 1);
  CHECK(d.guess("bob", "198.51.100.8") <= 36);
  d.now += 1s;
  CHECK(d.guess("ann", home) == 0);
  d.now += 35s;
  CHECK(d.guess("bob", "198.51.100.8") == 0);
}

TEST_CASE("throttle: within a session guesses count by user over all addresses, apart from strangers'") {
  guarded_door d;
  auto guess = [&](std::string_view user, int from) {
    auto attempt = d.begin(user, fmt::format("198.51.100.{}", from));
    if (!attempt || !attempt->admit_in_session(d.now))
      return false;
    attempt->wrong(d.now);
    return true;
  };
  int taken = 0;
  for (int i = 0; i < 250; ++i)
    taken += guess("ann", i);
  CHECK(taken == d.settings.of_user.guesses);
  CHECK(guess("bob", 1));
  // Neither holds up the other.
  CHECK(d.guess("ann", home) == 0);
  for (int i = 0; i < 250; ++i)
    d.guess("bob", fmt::format("203.0.113.{}", i));
  CHECK(d.guess("bob", home) > 0);
  CHECK(guess("bob", 2));
}

TEST_CASE(
    "throttle: within a session guesses that come together are reserved one by one, and right ones free") {
  guarded_door d;
  std::list<login_throttle::attempt> under_way;
  int admitted = 0;
  for (int i = 0; i < 250; ++i)
    if (auto attempt = d.begin("ann", fmt::format("198.51.100.{}", i))) {
      admitted += attempt->admit_in_session(d.now).has_value();
      under_way.push_back(std::move(*attempt));
    }
  CHECK(admitted == d.settings.of_user.guesses);
  under_way.clear();
  auto again = d.begin("ann", home);
  CHECK(again->admit_in_session(d.now).has_value());
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
  CHECK(d.enter("eve", home, true));  // only the database knows of an earlier sign-in
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
    auto attempt = d.admitted("pos", fmt::format("10.0.0.{}", i), false, true);
    REQUIRE(attempt.has_value());
    attempt->wrong(d.now);
  }
  CHECK(d.begin("pos", home, true).has_value());
  for (int i = 0; i < 6; ++i)
    d.admitted("pos", home, false, true)->wrong(d.now);
  CHECK_FALSE(d.begin("pos", home, true).has_value());
  CHECK(d.guess("pos", home) == 0);  // a user of that name is somebody else
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
