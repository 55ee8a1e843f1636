#include "tests/http_unit/auth/auth_fixture.hpp"
#include "tests/http_unit/transport/loopback.hpp"

#include "http/auth/limits/request_rates.hpp"
#include "http/routing/shared_worker.hpp"
#include "http/transport/budgets/body_budget.hpp"
#include "http/transport/budgets/connections_by_network.hpp"

#include <doctest/doctest.h>

#include <semaphore>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

principal somebody(tenant_uuid tenant, principal_kind kind = principal_kind::user) {
  principal who;
  who.tenant = tenant;
  who.kind = kind;
  who.actor = uuid::generate();
  return who;
}

int answered(request_rates& rates, const principal& who, timestamp at, int asked) {
  int result = 0;
  for (int i = 0; i < asked; ++i)
    result += rates.take(who, at).has_value();
  return result;
}

}  // namespace

TEST_CASE("rates: twice the rate at once, then the rate; and the refusal says when to come back") {
  request_rates rates{{10, 0, 0}};
  auto ann = somebody(tenant_uuid::generate());
  CHECK(answered(rates, ann, noon, 50) == 20);
  auto refused = rates.take(ann, noon);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == "TOO_MANY_REQUESTS");
  CHECK(http_status(refused.error().kind) == 429);
  CHECK(refused.error().retry_after_s == 1);
  CHECK(answered(rates, ann, noon + 100ms, 50) == 1);
  CHECK(answered(rates, ann, noon + 1100ms, 50) == 10);
  CHECK(answered(rates, ann, noon + 1h, 50) == 20);
}

TEST_CASE("rates: users do not slow each other, their company slows them all, services have their own") {
  request_rates rates{{10, 50, 40}};
  auto company = tenant_uuid::generate();
  auto ann = somebody(company), bob = somebody(company);
  CHECK(answered(rates, ann, noon, 50) == 20);
  CHECK(answered(rates, bob, noon, 50) == 20);
  auto pos = somebody(company, principal_kind::service);
  CHECK(answered(rates, pos, noon, 500) == 40);
  CHECK(answered(rates, somebody(company), noon, 50) == 0);
  CHECK(answered(rates, somebody(tenant_uuid::generate()), noon, 50) == 20);
}

TEST_CASE("rates: 0 is no limit, and costs no memory") {
  request_rates rates{{0, 0, 0}};
  CHECK(answered(rates, somebody(tenant_uuid::generate()), noon, 10'000) == 10'000);
  CHECK(rates.remembered() == 0);
}

TEST_CASE("rates: a clock that is set back keeps nobody out") {
  request_rates rates{{10, 0, 0}};
  auto ann = somebody(tenant_uuid::generate());
  CHECK(answered(rates, ann, noon, 20) == 20);
  CHECK(answered(rates, ann, noon - 1h, 1) == 0);
  CHECK(answered(rates, ann, noon - 1h + 2s, 50) >= 1);
}

TEST_CASE("rates: what is remembered is bounded, and who was quiet goes first") {
  request_rates rates{{10, 0, 0, 100}};
  auto busy = somebody(tenant_uuid::generate());
  for (int i = 0; i < 1000; ++i) {
    rates.take(somebody(tenant_uuid::generate()), noon + i * 1s);
    CHECK(rates.remembered() <= 100);
    CHECK(answered(rates, busy, noon + i * 1s, 30) <= 20);
  }
  for (int i = 0; i < 1000; ++i)
    rates.take(somebody(tenant_uuid::generate()), noon + 2000s);
  CHECK(rates.remembered() <= 100);
}

TEST_CASE("connections by network: each has its share and gets it back; proxies have no limit") {
  connections_by_network open{2, {address_block::parse("192.0.2.8/30").value()}};
  CHECK(open.open("192.0.2.1"));
  auto second = open.open("192.0.2.1");
  REQUIRE(second);
  CHECK(!open.open("192.0.2.1"));
  CHECK(open.open("192.0.2.2"));
  open.close(*second);
  CHECK(open.open("192.0.2.1"));
  CHECK(!open.open("192.0.2.1"));
  for (int i = 0; i < 100; ++i)
    CHECK(open.open("192.0.2.9"));
  CHECK(open.open("2001:db8::1"));
  CHECK(open.open("2001:db8::2"));
  CHECK(!open.open("2001:db8::3"));
}

TEST_CASE("body budget: a network has a quarter, all have the whole, and everybody one largest body") {
  body_budget room{400, 50};
  CHECK(room.take("a", 60));
  CHECK(room.take("a", 40));
  CHECK(!room.take("a", 1));
  CHECK(room.take("", 290));
  CHECK(!room.take("b", 11));
  CHECK(room.take("b", 10));
  room.give_back("a", 100);
  CHECK(room.take("a", 100));
  body_budget small{10, 50};
  CHECK(small.take("a", 50));
  CHECK(!small.take("", 1));
}

TEST_CASE("shared worker: a user has four places, an address without a token four, a service more") {
  std::binary_semaphore go{0};
  std::atomic<int> done{0};
  shared_worker worker{64};
  auto submit = [&](const caller& who, const char* address) {
    return worker.submit(who, address, [&] { ++done; });
  };
  auto fits = [&](const caller& who, const char* address) {
    int count = 0;
    while (count < 100 && submit(who, address))
      ++count;
    return count;
  };
  caller ann, bob, pos, nobody;
  ann.actor = uuid::generate();
  bob.actor = uuid::generate();
  pos.actor = uuid::generate();
  pos.kind = principal_kind::service;
  REQUIRE(worker.submit(ann, "192.0.2.1", [&] { go.acquire(); }).has_value());
  CHECK(fits(ann, "192.0.2.1") == 3);
  CHECK(fits(ann, "192.0.2.2") == 0);
  CHECK(submit(ann, "192.0.2.1").error().code == "TOO_MANY_REQUESTS");
  CHECK(fits(bob, "192.0.2.1") == 4);
  CHECK(fits(pos, "192.0.2.1") == 16);
  CHECK(fits(nobody, "192.0.2.1") == 4);
  CHECK(fits(nobody, "192.0.2.2") == 4);
  go.release();
  CHECK(in_time([&] { return done == 31 && submit(ann, "192.0.2.1").has_value(); }));
}

TEST_CASE("shared worker: a crowd without tokens fills a queue of its own") {
  std::binary_semaphore go{0};
  shared_worker worker{8};
  caller ann, nobody;
  ann.actor = uuid::generate();
  REQUIRE(worker.submit(nobody, "192.0.2.100", [&] { go.acquire(); }).has_value());
  bool full = false;
  for (int i = 0; i < 20 && !full; ++i) {
    auto taken = worker.submit(nobody, "192.0.2." + std::to_string(i), [] {});
    full = taken.has_error() && taken.error().code == "BUSY";
  }
  CHECK(full);
  CHECK(worker.submit(ann, "192.0.2.1", [] {}).has_value());
  go.release();
}
