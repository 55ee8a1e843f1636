#include "http/auth/sign_in/failed_sign_ins.hpp"
#include "http/auth/sign_in/worker.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/resource.h>

#include <future>

using namespace musterd;

namespace {

/// A pool whose only thread is blocked until `go`.
struct held_pool {
  std::promise<void> go;
  std::vector<worker_lane> order;
  worker_pool pool;  // last, so that it ends before what its jobs use

  explicit held_pool(std::size_t room) : pool{1, room} {
    std::promise<void> busy;
    auto begun = busy.get_future();
    REQUIRE(pool.submit([&, may_go = go.get_future().share()] {
      busy.set_value();
      may_go.wait();
    }));
    begun.get();
  }
  bool add(worker_lane lane) {
    return pool.submit([this, lane] { order.push_back(lane); }, lane);
  }
};

}  // namespace

TEST_CASE("lanes: a crowd of strangers costs nobody a place who is known") {
  held_pool h{4};
  int strangers = 0;
  for (int i = 0; i < 90; ++i)
    strangers += h.add(worker_lane::stranger);
  CHECK(strangers == 4);
  for (int i = 0; i < 4; ++i)
    CHECK(h.add(worker_lane::familiar));
  CHECK_FALSE(h.add(worker_lane::familiar));
  h.go.set_value();
}

TEST_CASE("lanes: who is known goes first, and a stranger's turn comes all the same") {
  std::vector<worker_lane> order;
  {
    held_pool h{8};
    for (int i = 0; i < 8; ++i)
      CHECK((h.add(worker_lane::stranger) && h.add(worker_lane::familiar)));
    h.go.set_value();
    std::promise<void> last;
    while (!h.pool.submit([&] { last.set_value(); }, worker_lane::stranger))
      std::this_thread::yield();
    last.get_future().get();
    order = h.order;
  }
  REQUIRE(order.size() == 16);
  auto strangers = std::count(order.begin(), order.begin() + 8, worker_lane::stranger);
  CHECK(strangers >= 1);
  CHECK(strangers <= 3);
}

TEST_CASE("lanes: threads that hash step back behind all others") {
  std::promise<int> niceness;
  worker_pool pool{1, 1, 10};
  REQUIRE(pool.submit([&] { niceness.set_value(getpriority(PRIO_PROCESS, 0)); }));
  CHECK(niceness.get_future().get() >= 10);
}

TEST_CASE("failed sign-ins: a few a second of each address and company, the others are counted") {
  failure_sampler s;
  auto one = tenant_uuid::generate(), other = tenant_uuid::generate();
  int taken = 0;
  for (int i = 0; i < 50; ++i)
    taken += s.take(one, "192.0.2.1");
  CHECK(taken == failure_sampler::most_of_an_address);
  for (int i = 0; i < 50; ++i)
    taken += s.take(one, fmt::format("10.0.0.{}", i));
  CHECK(taken == failure_sampler::most_of_a_tenant);
  CHECK(s.take(other, "192.0.2.1"));
  CHECK(s.take_left_out() == std::map<tenant_uuid, std::int64_t>{{one, 80}});
  CHECK(s.take_left_out().empty());
  s.second_passed();
  CHECK(s.take(one, "192.0.2.1"));
  s.second_passed();
  taken = 0;
  for (int i = 0; i < 500; ++i)
    taken += s.take(tenant_uuid::generate(), "192.0.2.1");
  CHECK(taken == failure_sampler::most);
}
