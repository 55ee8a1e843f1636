#include "tests/actors/counter_world.hpp"

using namespace musterd;
using namespace musterd::test;

TEST_CASE_FIXTURE(counter_world, "entity: a refused command writes nothing and changes nothing") {
  auto refused = ask(-1);
  REQUIRE(refused.failure);
  CHECK(refused.failure->code == "NEGATIVE");
  CHECK(committed == 0);
  CHECK_FALSE(ask(0).changed);
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: an exception is answered, and the next command wakes it from what is committed") {
  ask(1);
  auto failed = ask(1, "throw");
  REQUIRE(failed.failure);
  CHECK(failed.failure->code == "INTERNAL_ERROR");
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 2);
  CHECK(stats.restarts == 1);
}

TEST_CASE_FIXTURE(counter_world, "entity: one that keeps failing is left alone for a while") {
  for (int i = 0; i < 3; ++i)
    CHECK(ask(1, "throw").failure->code == "INTERNAL_ERROR");
  CHECK(ask(1).failure->code == "BUSY");
  CHECK(stats.quarantined == 1);
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: after a commit of unknown outcome it believes the database, not its memory") {
  ask(1);
  journal_says = [] { return outcome_unknown(); };
  CHECK(ask(1).failure->code == "TIMEOUT");  // it was written anyway
  journal_says = [] { return std::nullopt; };
  CHECK(ask(1).body == R"({"value":3})");
  CHECK(loads == 2);
}

TEST_CASE_FIXTURE(counter_world, "entity: when nothing was written it stays awake and unchanged") {
  ask(1);
  journal_says = [] { return unavailable("down"); };
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  journal_says = [] { return std::nullopt; };
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 1);
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: a journal that never answers ends in an unknown outcome, not in silence") {
  env.journals.put(0, keep(system().spawn([](journal_actor::pointer self) -> journal_actor::behavior_type {
                     auto held = std::make_shared<std::vector<caf::typed_response_promise<commit_result>>>();
                     return {[self, held](const commit_request& r) -> caf::result<commit_result> {
                               if (r.unit->writes.empty())
                                 return commit_result{};
                               return held->emplace_back(
                                   self->make_response_promise<caf::typed_response_promise<commit_result>>());
                             },
                             [](const flush_batch&) {}};
                   })));
  tell(1);
  pass(env.limits.commit_timeout + 1s);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().failure->code == "TIMEOUT");
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: a commit that comes after it was given up is not overtaken by a reload") {
  ask(1);
  // Holds its requests until told to flush.
  auto slow = keep(system().spawn([this](journal_actor::pointer self) -> journal_actor::behavior_type {
    auto held = std::make_shared<std::vector<caf::typed_response_promise<commit_result>>>();
    return {[self, held](const commit_request&) {
              return held->emplace_back(
                  self->make_response_promise<caf::typed_response_promise<commit_result>>());
            },
            [this, held](const flush_batch&) {
              ++committed;
              for (auto& reply : *held)
                reply.deliver(commit_result{});
            }};
  }));
  env.journals.put(0, slow);
  answers.clear();
  tell(1);
  pass(env.limits.commit_timeout + 1s);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().failure->code == "TIMEOUT");
  answers.clear();
  tell(1);
  pass(1s);
  CHECK(answers.empty());
  CHECK(loads == 1);  // the slow commit may still come, so the record is not reloaded

  caf::anon_send(slow, flush_batch{});
  settle();
  CHECK(loads == 2);
  caf::anon_send(slow, flush_batch{});
  settle();
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().body == R"({"value":3})");
}

TEST_CASE_FIXTURE(
    counter_world,
    "entity: a record that changed elsewhere ends it; a key of its own that was used does not") {
  ask(1);
  auto before = loads;
  journal_says = [] { return conflict("IDEMPOTENCY_KEY_USED", ""); };
  CHECK(ask(1).failure->code == "IDEMPOTENCY_KEY_USED");
  CHECK(ask(0).body == R"({"value":1})");
  CHECK(loads == before);
  journal_says = [&]() -> std::optional<fault> {
    ++committed;  // by somebody else
    return fault{fault_kind::unavailable, "RECORD_CHANGED", "", {}, {}, {}};
  };
  CHECK(ask(1).failure->code == "RECORD_CHANGED");
  journal_says = [] { return std::nullopt; };
  CHECK(ask(0).body == R"({"value":2})");
  CHECK(loads == before + 1);
}

TEST_CASE_FIXTURE(counter_world, "entity: each commit names the version of the record it follows") {
  std::vector<std::string> named;
  env.journals.put(0, keep(system().spawn([&](journal_actor::pointer) -> journal_actor::behavior_type {
                     return {[&](const commit_request& r) {
                               committed += !r.unit->writes.empty();
                               for (const auto& w : r.unit->writes)
                                 if (w.table().name == "journal.record_version")
                                   named.push_back(std::string{w.element(3)} +
                                                   (w.is_update() ? " follows" : " is new"));
                               return commit_result{};
                             },
                             [](const flush_batch&) {}};
                   })));
  ask(1);
  ask(1);
  ask(0);
  ask(1);
  CHECK(named == std::vector<std::string>{"1 is new", "2 follows", "3 follows"});
}

TEST_CASE_FIXTURE(
    counter_world,
    "entity: what it would refuse or leave as it is, on a state that is gone, is decided anew") {
  for (std::int64_t amount : {-1, 0}) {
    CAPTURE(amount);
    ask(1);
    auto before = loads;
    ++committed;  // by somebody else
    auto stale = ask(amount);
    REQUIRE(stale.failure);
    CHECK(stale.failure->code == "RECORD_CHANGED");
    auto now = ask(amount);
    CHECK(loads == before + 1);
    CHECK((now.failure ? now.failure->code : now.body) ==
          (amount < 0 ? "NEGATIVE" : R"({"value":)" + std::to_string(committed) + '}'));
  }
  committed -= 2;  // a lagging standby has taken over
  CHECK(ask(0).failure->code == "RECORD_CHANGED");
  CHECK(ask(0).body == R"({"value":)" + std::to_string(committed) + '}');
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: neither commits nor queries cost a read; refusals share one, that began later") {
  ask(1);
  tell(get_count{});
  settle();
  REQUIRE(answers.size() == 2);
  CHECK(answers.back().body == R"({"value":1})");
  CHECK(reads == 0);
  keeps_readers_waiting = true;
  answers.clear();
  for (int i = 0; i < 10; ++i)
    tell(-1);
  settle();
  CHECK(reads == 1);
  CHECK(answers.empty());
  answer_readers(committed_versions{committed});
  CHECK(answers.size() == 1);
  CHECK(reads == 2);
  answer_readers(committed_versions{committed});
  CHECK(answers.size() == 10);
  CHECK(reads == 2);
  CHECK(std::ranges::all_of(answers, [](const auto& a) { return a.failure->code == "NEGATIVE"; }));
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: what it commits itself while a refusal is confirmed changes nothing about it") {
  ask(1);
  for (std::int64_t seen : {0, 1}) {  // the read came before the commit, or after
    CAPTURE(seen);
    keeps_readers_waiting = true;
    answers.clear();
    tell(-1);
    tell(1);
    settle();
    CHECK(answers.size() == 1);
    answer_readers(committed_versions{committed - 1 + seen});
    REQUIRE(answers.size() == 2);
    CHECK(answers.back().failure->code == "NEGATIVE");
  }
  CHECK(loads == 1);
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: a refusal that nobody can confirm is not given, and changes nothing") {
  ask(1);
  keeps_readers_waiting = true;
  answers.clear();
  tell(-1);
  settle();
  answer_readers({boost::system::in_place_error, busy("Too many at once.")});
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().failure->code == "BUSY");
  keeps_readers_waiting = false;
  CHECK(ask(0).body == R"({"value":1})");
  CHECK(loads == 1);
}

TEST_CASE_FIXTURE(counter_world, "entity: one that ends answers what it holds, and no more is in flight") {
  env.limits.max_in_flight_per_entity = 2;
  ask(1);
  keeps_readers_waiting = true;
  answers.clear();
  tell(-1);
  tell(1, "throw");
  settle();
  REQUIRE(answers.size() == 2);
  CHECK(std::ranges::count_if(answers, [](const auto& a) { return a.failure->code == "RECORD_CHANGED"; }) ==
        1);
  answer_readers(committed_versions{committed});  // nobody is interested any more
  keeps_readers_waiting = false;
  answers.clear();
  tell(-1);
  tell(-1);
  settle();
  REQUIRE(answers.size() == 2);
  CHECK(std::ranges::all_of(answers, [](const auto& a) { return a.failure->code == "NEGATIVE"; }));
}

TEST_CASE_FIXTURE(counter_world,
                  "entity: told to look again it ends if somebody changed its record, and only then") {
  caf::anon_send(counters, look_again{key});  // it is asleep
  settle();
  CHECK(reads == 0);
  ask(1);
  caf::anon_send(counters, look_again{key});
  settle();
  CHECK(reads == 1);
  CHECK(stats.awake == 1);
  ++committed;
  caf::anon_send(counters, look_again{key});
  settle();
  CHECK(stats.awake == 0);
  CHECK(ask(1).body == R"({"value":3})");
}
