#include "supervision/supervisor.hpp"
#include "tests/actors/deterministic.hpp"

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

constexpr restart_policy no_restarts{restart_strategy::one_for_one, 0};

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
  /// Ignores exit messages; ends only when the test makes it fail.
  child_spec stubborn(std::string name) {
    return {name, "worker", [this, name](caf::actor_system& system) {
              auto actor = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
                self->set_exit_handler([](const caf::exit_msg&) {});
                return {[self](caf::unit_t) { self->quit(); }};
              });
              started[name].push_back(actor);
              return actor;
            }};
  }
  child_spec subtree(std::string name, std::vector<child_spec> children) {
    return {name, "supervisor", [this, name, children](caf::actor_system& system) {
              auto actor = caf::actor{system.spawn<supervisor>(&tree, "root/" + name, no_restarts, children)};
              started[name].push_back(actor);
              return actor;
            }};
  }
  caf::actor supervise(restart_policy policy) {
    return supervise(policy, {child("a"), child("b"), child("c")});
  }
  caf::actor supervise(restart_policy policy, std::vector<child_spec> children) {
    auto s = keep(system().spawn<supervisor>(&tree, "root", policy, std::move(children)));
    settle();
    return s;
  }
  /// The children that had to be killed, once the supervisor reports them.
  std::future<std::vector<std::string>> stop(const caf::actor& s, int down_to = 0) {
    auto done = std::make_shared<std::promise<std::vector<std::string>>>();
    auto killed = done->get_future();
    caf::anon_send(s, stop_children{std::move(done), std::chrono::steady_clock::now() + 10s, down_to});
    settle();
    return killed;
  }
  bool is_ready(std::future<std::vector<std::string>>& f) {
    return f.wait_for(0s) == std::future_status::ready;
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

TEST_CASE_FIXTURE(nursery,
                  "escalation: what fails as a whole begins anew only once all that were in it are gone") {
  supervise({}, {subtree("journal", {child("a"), stubborn("b")})});
  make_fail("a");
  pass(5s);
  CHECK(starts("journal") == 1);
  CHECK(starts("b") == 1);
  make_fail("b");
  pass(1s);
  CHECK(starts("journal") == 2);
  CHECK(starts("a") == 2);
  CHECK(starts("b") == 2);
}

TEST_CASE_FIXTURE(nursery, "escalation: who does not end is killed, and the others wait no longer") {
  supervise({}, {subtree("journal", {child("a"), stubborn("b")})});
  make_fail("a");
  pass(30s);
  CHECK(starts("journal") == 2);
  CHECK(starts("b") == 2);
}

TEST_CASE_FIXTURE(nursery,
                  "one-for-all: those who take their time are waited for, and then all begin in order") {
  supervise({restart_strategy::one_for_all}, {child("a"), stubborn("b"), child("c")});
  make_fail("c");
  pass(5s);
  CHECK(starts("a") == 1);
  CHECK(starts("c") == 1);
  make_fail("b");
  CHECK(starts("a") == 2);
  CHECK(starts("b") == 2);
  CHECK(starts("c") == 2);
}

TEST_CASE_FIXTURE(nursery, "one-for-all: also those that were started more often than the one that failed") {
  supervise({restart_strategy::one_for_all}, {child("a"), child("b")});
  for (const auto* failing : {"a", "a", "b"}) {
    make_fail(failing);
    pass(1s);
  }
  CHECK(starts("a") == 4);
  CHECK(starts("b") == 4);
}

TEST_CASE_FIXTURE(nursery,
                  "shutdown: a supervisor that waits for its children after a failure ends with them") {
  auto s = supervise({restart_strategy::one_for_one, 0}, {child("a"), stubborn("b")});
  make_fail("a");
  auto ended = stop(s);
  CHECK_FALSE(is_ready(ended));
  make_fail("b");
  REQUIRE(is_ready(ended));
  CHECK(ended.get().empty());
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

TEST_CASE_FIXTURE(nursery,
                  "optional children: one fails alone, is tried for ever, and shows that it failed") {
  auto optional = child("b");
  optional.optional = true;
  supervise({restart_strategy::one_for_all, 2, 30s, 10ms, 100ms}, {child("a"), optional, child("c")});
  for (int i = 0; i < 20; ++i) {
    make_fail("b");
    CHECK(node("b").state == (i < 5 ? child_state::backing_off : child_state::failed));
    pass(1min);
    CHECK(node("b").state == child_state::running);
  }
  CHECK(starts("b") == 21);
  CHECK(node("b").restarts == 20);
  CHECK(starts("a") == 1);
  CHECK(starts("c") == 1);
  CHECK(tree.snapshot().state == child_state::running);
}

TEST_CASE_FIXTURE(nursery, "shutdown: a layer ends together, and before those it needs") {
  std::vector<std::string> ended;
  auto stubborn = [&](std::string name, int layer) {
    child_spec spec{name, "worker", [&, name](caf::actor_system& system) {
                      auto actor = system.spawn([&, name](caf::event_based_actor* self) -> caf::behavior {
                        self->set_exit_handler([&, name](const caf::exit_msg&) { ended.push_back(name); });
                        return {[self](caf::unit_t) { self->quit(); }};
                      });
                      started[name].push_back(actor);
                      return actor;
                    }};
    spec.layer = layer;
    return spec;
  };
  auto s = supervise(
      {}, {stubborn("journal", 0), stubborn("regions", 1), stubborn("relay", 2), stubborn("probe", 2)});
  auto background = stop(s, 2);
  CHECK(ended == std::vector<std::string>{"relay", "probe"});
  make_fail("probe");
  CHECK_FALSE(is_ready(background));
  make_fail("relay");
  REQUIRE(is_ready(background));
  CHECK(node("regions").state == child_state::running);
  auto all = stop(s);
  CHECK(ended.back() == "regions");
  make_fail("regions");
  CHECK(ended.back() == "journal");
  CHECK_FALSE(is_ready(all));
  pass(11s);
  REQUIRE(is_ready(all));
  CHECK(all.get() == std::vector<std::string>{"root/journal"});
}

TEST_CASE_FIXTURE(nursery, "shutdown: nobody waits for a supervisor that is dead") {
  auto s = supervise({restart_strategy::one_for_one, 0});
  make_fail("a");
  auto ended = stop(s);
  REQUIRE(is_ready(ended));
  CHECK_THROWS_AS(ended.get(), std::future_error);
}

TEST_CASE_FIXTURE(nursery, "shutdown: all children end, and the tree says so") {
  auto s = supervise({});
  auto ended = stop(s);
  REQUIRE(is_ready(ended));
  CHECK(ended.get().empty());
  CHECK(node("a").state == child_state::stopped);
  CHECK(tree.snapshot().state == child_state::stopped);
}
