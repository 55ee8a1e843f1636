#include "tests/actors/counter_world.hpp"

using namespace musterd;
using namespace musterd::test;

TEST_CASE_FIXTURE(counter_world, "region: wakes an entity once, and it remembers") {
  CHECK(ask(1).body == R"({"value":1})");
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 1);
  CHECK(committed == 2);
}

TEST_CASE_FIXTURE(counter_world, "region: commands that arrive while it loads are all served, in order") {
  for (int i = 0; i < 10; ++i)
    tell(1);
  settle();
  REQUIRE(answers.size() == 10);
  CHECK(loads == 1);
  CHECK(committed == 10);
}

TEST_CASE_FIXTURE(counter_world,
                  "region: while an earlier commit cannot be settled nothing is read, and callers are told") {
  ask(1);
  journal_says = [] { return outcome_unknown(); };
  ask(1);
  journal_says = [] { return std::nullopt; };
  unsettled = unavailable("The backend does not end.");
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  CHECK(loads == 1);
  unsettled.reset();
  CHECK(ask(1).body == R"({"value":3})");
}

TEST_CASE_FIXTURE(counter_world, "region: one that fails takes its entities along, and answers who waits") {
  ask(1);
  REQUIRE(stats.awake == 1);
  key.id = uuid::generate();
  load_throws = true;
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  CHECK(stats.awake == 0);
}

TEST_CASE_FIXTURE(counter_world, "region: a load that never answers does not keep its record busy for ever") {
  load_never_answers = true;
  tell(1);
  pass(3 * env.limits.wake_timeout + env.limits.passivation_sweep + 1s);
  CHECK(answers.size() + static_cast<std::size_t>(errors) == 1);
  load_never_answers = false;
  committed = 7;
  CHECK(ask(1).body == R"({"value":8})");
  late_loads.front()();  // stale by now, and ignored
  settle();
  CHECK(ask(1).body == R"({"value":9})");
}

TEST_CASE_FIXTURE(counter_world,
                  "region: what was read for a wake that is given up does not serve the next one") {
  load_never_answers = true;
  tell(1);
  pass(3 * env.limits.wake_timeout + env.limits.passivation_sweep + 1s);
  answers.clear();
  committed = 7;
  tell(1);
  settle();
  REQUIRE(late_loads.size() == 2);
  late_loads[0]();
  settle();
  CHECK(stats.awake == 0);
  late_loads[1]();
  settle();
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().body == R"({"value":8})");
}

TEST_CASE_FIXTURE(counter_world,
                  "region: a database that is away refuses the waiting, and the next command tries again") {
  database_up = false;
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  database_up = true;
  CHECK(ask(1).body == R"({"value":1})");
}

TEST_CASE_FIXTURE(counter_world, "region: idle entities sleep, and wake again") {
  ask(1);
  pass(env.limits.passivation_sweep + 1s);
  CHECK(stats.passivations == 1);
  CHECK(stats.awake == 0);
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 2);
}

TEST_CASE_FIXTURE(counter_world, "region: too many commands for one entity at once are refused") {
  env.limits.max_in_flight_per_entity = 4;
  for (int i = 0; i < 6; ++i)
    tell(1);
  settle();
  REQUIRE(answers.size() == 6);
  CHECK(std::count_if(answers.begin(), answers.end(), [](const auto& a) { return a.failure.has_value(); }) ==
        2);
  CHECK(committed == 4);
}

TEST_CASE("interleavings: over 200 orders, every acknowledged command is committed exactly once") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    counter_world w;
    w.explore(seed);
    int commits = 0;
    w.journal_says = [&]() -> std::optional<fault> {
      if (++commits % 5 == 0)
        return unavailable("down");
      return commits % 7 == 0 ? std::optional{outcome_unknown()} : std::nullopt;
    };
    for (int i = 0; i < 12; ++i)
      w.tell(1, i % 6 == 5 ? std::optional<std::string>{"throw"} : std::nullopt);
    w.settle();
    REQUIRE(w.answers.size() + static_cast<std::size_t>(w.errors) == 12);
    auto acknowledged =
        std::count_if(w.answers.begin(), w.answers.end(), [](const auto& a) { return !a.failure; });
    auto unknown = std::count_if(w.answers.begin(), w.answers.end(),
                                 [](const auto& a) { return a.failure && a.failure->code == "TIMEOUT"; });
    CHECK(w.committed == acknowledged + unknown);
  }
}
