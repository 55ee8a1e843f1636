#include "tests/http_unit/auth_fixture.hpp"

#include "http/auth/login_throttle.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto home = "192.0.2.1";

std::int64_t wait(login_throttle& t, std::string_view user, std::string_view address, timestamp now) {
  auto checked = t.check(user, address, now);
  if (checked)
    return 0;
  CHECK(checked.error().code == "TOO_MANY_REQUESTS");
  CHECK(http_status(checked.error().kind) == 429);
  return checked.error().retry_after_s.value();
}

}  // namespace

TEST_CASE("throttle: some failures are free, then each doubles the wait") {
  login_throttle t;
  for (int i = 0; i < 5; ++i) {
    CHECK(wait(t, "ann", home, noon) == 0);
    t.failed("ann", home, noon);
  }
  CHECK(wait(t, "ann", home, noon) == 0);
  auto now = noon;
  for (std::int64_t expected : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
    t.failed("ann", home, now);
    CHECK(wait(t, "ann", home, now) == expected);
    now += std::chrono::seconds{expected};
    CHECK(wait(t, "ann", home, now) == 0);
  }
}

TEST_CASE("throttle: a name counts from every address and in any case; other names are free") {
  login_throttle t;
  for (int i = 0; i < 6; ++i)
    t.failed(i % 2 ? "Ann" : "ann", fmt::format("192.0.2.{}", i), noon);
  CHECK(wait(t, "ANN", "203.0.113.9", noon) == 1);
  CHECK(wait(t, "bob", "192.0.2.1", noon) == 0);
}

TEST_CASE("throttle: an address counts over all names; IPv6 by its network") {
  login_throttle t;
  for (int i = 0; i < 51; ++i)
    t.failed(fmt::format("user{}", i), fmt::format("2001:db8::{:x}", i), noon);
  CHECK(wait(t, "ann", "2001:db8::ffff", noon) == 1);
  CHECK(wait(t, "ann", "2001:db8:0:1::1", noon) == 0);
  CHECK(wait(t, "ann", home, noon) == 0);
}

TEST_CASE("throttle: success forgets the name, not the address; time forgets both") {
  login_throttle t;
  for (int i = 0; i < 60; ++i)
    t.failed("ann", home, noon);
  t.succeeded("Ann");
  CHECK(wait(t, "ann", "192.0.2.2", noon) == 0);
  CHECK(wait(t, "ann", home, noon) > 0);
  CHECK(wait(t, "ann", home, noon + 2h) == 0);
  t.failed("bob", home, noon + 2h);
  CHECK(wait(t, "bob", home, noon + 2h) == 0);
}

TEST_CASE("throttle: without a name only the address counts") {
  login_throttle t;
  for (int i = 0; i < 20; ++i)
    t.failed({}, home, noon);
  CHECK(wait(t, {}, "192.0.2.7", noon) == 0);
  for (int i = 0; i < 31; ++i)
    t.failed({}, home, noon);
  CHECK(wait(t, {}, home, noon) == 1);
}

TEST_CASE("throttle: remembers no more than it may, the latest failures first") {
  throttle_settings small;
  small.max_remembered = 100;
  login_throttle t{small};
  for (int i = 0; i < 10; ++i)
    t.failed("target", home, noon);
  for (int i = 0; i < 99; ++i)
    t.failed(fmt::format("noise{}", i), fmt::format("10.0.0.{}", i), noon);
  CHECK(wait(t, "target", "192.0.2.7", noon) > 0);
  t.failed("one more", "10.1.0.0", noon);
  CHECK(wait(t, "target", "192.0.2.7", noon) == 0);
}
