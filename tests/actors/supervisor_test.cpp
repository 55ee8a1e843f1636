#include "supervision/supervisor.hpp"
#include "tests/actors/deterministic.hpp"

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

struct nursery : deterministic {
  supervision_tree tree;
  std::map<std::string, std::vector<caf::actor>> started;

  child_spec child(std::string name) {
    return {name, "worker", [this, name](caf::actor_system& system) {
              auto actor = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
                return {
                    [self](caf::unit_t) { self->quit(caf::make_error(caf::sec::runtime_error, "boom")); }};
              });
              started[name].push_back(actor);
              return actor;
            }};
  }
  caf::actor supervise(restart_policy policy) {
    auto s = keep(system().spawn<supervisor>(&tree, "root", policy,
                                             std::vector<child_spec>{child("a"), child("b"), child("c")}));
    settle();
    return s;
  }
  void make_fail(const std::string& name) {
    caf::anon_send(started[name].back(), caf::unit);
    settle();
  }
  std::size_t starts(const std::string& name) { return started[name].size(); }
  supervision_node node(const std::string& name) {
    for (auto& c : tree.snapshot().children)
      if (c.name == name)
        return c;
    FAIL("no such child");
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(nursery, "one-for-one: only the failed child is restarted, after its backoff") {
  supervise({});
  make_fail("b");
  CHECK(node("b").state == child_state::backing_off);
  CHECK(starts("b") == 1);
  pass(1s);
  CHECK(starts("a") == 1);
  CHECK(starts("b") == 2);
  CHECK(node("b").state == child_state::running);
  CHECK(node("b").restarts == 1);
  CHECK(node("b").last_fault.value().find("boom") != std::string::npos);
}

TEST_CASE_FIXTURE(nursery, "one-for-all: everybody is restarted") {
  supervise({restart_strategy::one_for_all});
  make_fail("b");
  pass(1s);
  CHECK(starts("a") == 2);
  CHECK(starts("b") == 2);
  CHECK(starts("c") == 2);
}

TEST_CASE_FIXTURE(nursery, "rest-for-one: those started after the failed one are restarted with it") {
  supervise({restart_strategy::rest_for_one});
  make_fail("b");
  pass(1s);
  CHECK(starts("a") == 1);
  CHECK(starts("b") == 2);
  CHECK(starts("c") == 2);
}

TEST_CASE_FIXTURE(nursery,
                  "escalation: too many failures in the window end the supervisor and all its children") {
  auto s = supervise({restart_strategy::one_for_one, 2, 30s, 10ms, 100ms});
  for (int i = 0; i < 2; ++i) {
    make_fail("a");
    pass(1s);
  }
  CHECK(starts("a") == 3);
  make_fail("a");
  pass(1s);
  CHECK(starts("a") == 3);
  CHECK(node("a").state == child_state::failed);
  CHECK(tree.snapshot().state == child_state::failed);
}

TEST_CASE("budget: spends in a sliding window, backs off longer each time, with jitter within a quarter") {
  restart_budget budget{{restart_strategy::one_for_one, 2, 30s, 100ms, 1000ms}};
  auto t = restart_budget::clock::time_point{};
  CHECK(budget.spend(t));
  CHECK(budget.backoff(0) == 100ms);
  CHECK(budget.spend(t + 1s));
  CHECK(budget.backoff(0) == 200ms);
  CHECK(budget.backoff(0.999) < 251ms);
  CHECK_FALSE(budget.spend(t + 2s));
  CHECK(budget.spend(t + 60s));
}

TEST_CASE_FIXTURE(nursery, "shutdown: children end last started first, and the tree says so") {
  auto s = supervise({});
  auto done = std::make_shared<std::promise<std::vector<std::string>>>();
  auto ended = done->get_future();
  caf::anon_send(s, stop_children{done});
  settle();
  REQUIRE(ended.wait_for(0s) == std::future_status::ready);
  CHECK(ended.get().empty());
  CHECK(node("a").state == child_state::stopped);
  CHECK(tree.snapshot().state == child_state::stopped);
}
