#include "tests/actors/counter_aggregate.hpp"
#include "tests/actors/deterministic.hpp"

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

/// A region over counters whose "database" is a number; the journal's behaviour is the test's to choose.
struct world : deterministic {
  using counters_record = committed_record<counter_aggregate>;
  using record = outcome<counters_record>;
  actor_environment env;
  region_stats stats;
  std::int64_t committed = 0;
  int loads = 0;
  /// What the journal does with the next commit; nothing: it commits.
  std::function<std::optional<fault>()> journal_says = [] { return std::nullopt; };
  /// What it answers to who asks whether earlier commits are settled.
  std::optional<fault> unsettled;
  /// While false, loads are kept back.
  bool database_up = true;
  /// While true, a load is only noted down.
  bool load_never_answers = false;
  std::vector<std::function<void()>> late_loads;
  bool load_throws = false;
  /// Who has asked which version is committed and is to be answered yet; all are answered at once unless
  /// `keeps_readers_waiting`.
  std::vector<version_callback> readers;
  bool keeps_readers_waiting = false;
  int reads = 0;
  caf::actor counters;
  entity_key key{{uuid::generate()}, uuid::generate()};
  std::vector<entity_answer> answers;
  int errors = 0;

  world() {
    env.limits.idle_before_passivation = 0ms;
    env.fault_injection = true;
    auto journal = system().spawn([this](journal_actor::pointer self) -> journal_actor::behavior_type {
      static_cast<void>(self);
      return {[this](const commit_request& r) -> commit_result {
                if (r.unit->writes.empty())
                  return {unsettled};
                auto says = journal_says();
                if (!says || says->code == "TIMEOUT")
                  for (const auto& w : r.unit->writes)
                    if (w.table().name == "counter")
                      ++committed;
                return {says};
              },
              [](const flush_batch&) {}};
    });
    env.journals.put(0, keep(journal));
    env.version_of = [this](std::string_view, const entity_key&, const version_callback& done) {
      ++reads;
      if (keeps_readers_waiting)
        readers.push_back(done);
      else
        done(committed_versions{committed});
    };
    counters = keep(system().spawn<region<counter_aggregate>>(
        &env, &stats, [this](const entity_key&, std::function<void(record)> done) {
          ++loads;
          if (load_throws)
            throw std::runtime_error{"no memory"};
          if (load_never_answers)
            late_loads.push_back([done, value = committed] { done(counters_record{{value}, value}); });
          else if (database_up)
            done(counters_record{{committed}, committed});
          else
            done(record{boost::system::in_place_error, unavailable("down")});
        }));
    settle();
  }

  /// Sends a command; its answer lands in `answers` once the world settles.
  void tell(std::int64_t amount, std::optional<std::string> injected = {}) {
    tell(add{amount}, std::move(injected));
  }
  void tell(counter_aggregate::command command, std::optional<std::string> injected = {}) {
    request_context ctx;
    ctx.injected_fault = std::move(injected);
    using content = routed_command<counter_aggregate>::content;
    routed_command<counter_aggregate> m{key, std::make_shared<const content>(content{ctx, command})};
    keep(system().spawn([this, m](caf::event_based_actor* self) {
      self->request(counters, env.limits.command_timeout, m)
          .then([this](entity_answer& a) { answers.push_back(std::move(a)); },
                [this](caf::error&) { ++errors; });
    }));
  }

  /// Answers the reads that were begun.
  void answer_readers(const outcome<committed_versions>& found) {
    for (const auto& done : std::exchange(readers, {}))
      done(found);
    settle();
  }

  entity_answer ask(std::int64_t amount, std::optional<std::string> injected = {}) {
    answers.clear();
    tell(amount, std::move(injected));
    settle();
    REQUIRE(answers.size() == 1);
    return answers.front();
  }
};

}  // namespace

TEST_CASE_FIXTURE(world, "region: wakes an entity once, and it remembers") {
  CHECK(ask(1).body == R"({"value":1})");
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 1);
  CHECK(committed == 2);
}

TEST_CASE_FIXTURE(world, "region: commands that arrive while it loads are all served, in order") {
  for (int i = 0; i < 10; ++i)
    tell(1);
  settle();
  REQUIRE(answers.size() == 10);
  CHECK(loads == 1);
  CHECK(committed == 10);
}

TEST_CASE_FIXTURE(world, "entity: a refused command writes nothing and changes nothing") {
  auto refused = ask(-1);
  REQUIRE(refused.failure);
  CHECK(refused.failure->code == "NEGATIVE");
  CHECK(committed == 0);
  CHECK_FALSE(ask(0).changed);
}

TEST_CASE_FIXTURE(world,
                  "entity: an exception is answered, and the next command wakes it from what is committed") {
  ask(1);
  auto failed = ask(1, "throw");
  REQUIRE(failed.failure);
  CHECK(failed.failure->code == "INTERNAL_ERROR");
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 2);
  CHECK(stats.restarts == 1);
}

TEST_CASE_FIXTURE(world, "entity: one that keeps failing is left alone for a while") {
  for (int i = 0; i < 3; ++i)
    CHECK(ask(1, "throw").failure->code == "INTERNAL_ERROR");
  CHECK(ask(1).failure->code == "BUSY");
  CHECK(stats.quarantined == 1);
}

TEST_CASE_FIXTURE(world,
                  "entity: after a commit of unknown outcome it believes the database, not its memory") {
  ask(1);
  journal_says = [] { return outcome_unknown(); };
  CHECK(ask(1).failure->code == "TIMEOUT");  // it was written all the same
  journal_says = [] { return std::nullopt; };
  CHECK(ask(1).body == R"({"value":3})");
  CHECK(loads == 2);
}

TEST_CASE_FIXTURE(world, "entity: when nothing was written it stays awake and unchanged") {
  ask(1);
  journal_says = [] { return unavailable("down"); };
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  journal_says = [] { return std::nullopt; };
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 1);
}

TEST_CASE_FIXTURE(world, "entity: a journal that never answers ends in an unknown outcome, not in silence") {
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

TEST_CASE_FIXTURE(world, "entity: a commit that comes after it was given up is not overtaken by a reload") {
  ask(1);
  // Keeps what it is asked until it is told to flush.
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
  CHECK(loads == 1);  // the slow commit may still come, so the record is not read again

  caf::anon_send(slow, flush_batch{});
  settle();
  CHECK(loads == 2);
  caf::anon_send(slow, flush_batch{});
  settle();
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().body == R"({"value":3})");
}

TEST_CASE_FIXTURE(world,
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

TEST_CASE_FIXTURE(
    world, "entity: a record that changed elsewhere ends it; a key of its own that was used does not") {
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

TEST_CASE_FIXTURE(world, "entity: each commit names the version of the record it follows") {
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
    world, "entity: what it would refuse or leave as it is, on a state that is gone, is decided anew") {
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
  committed -= 2;  // a standby that lagged has taken over
  CHECK(ask(0).failure->code == "RECORD_CHANGED");
  CHECK(ask(0).body == R"({"value":)" + std::to_string(committed) + '}');
}

TEST_CASE_FIXTURE(world,
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

TEST_CASE_FIXTURE(world,
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

TEST_CASE_FIXTURE(world, "entity: a refusal that nobody can confirm is not given, and changes nothing") {
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

TEST_CASE_FIXTURE(world, "entity: one that ends answers what it holds, and no more is in flight") {
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

TEST_CASE_FIXTURE(world, "entity: told to look again it ends if somebody changed its record, and only then") {
  caf::anon_send(counters, look_again{key});  // it sleeps
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

TEST_CASE_FIXTURE(world, "region: one that fails takes its entities along, and answers who waits") {
  ask(1);
  REQUIRE(stats.awake == 1);
  key.id = uuid::generate();
  load_throws = true;
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  CHECK(stats.awake == 0);
}

TEST_CASE_FIXTURE(world, "region: a load that never answers does not keep its record busy for ever") {
  load_never_answers = true;
  tell(1);
  pass(3 * env.limits.wake_timeout + env.limits.passivation_sweep + 1s);
  CHECK(answers.size() + static_cast<std::size_t>(errors) == 1);
  load_never_answers = false;
  committed = 7;
  CHECK(ask(1).body == R"({"value":8})");
  late_loads.front()();  // old by now, and ignored
  settle();
  CHECK(ask(1).body == R"({"value":9})");
}

TEST_CASE_FIXTURE(world, "region: what was read for a wake that is given up does not serve the next one") {
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

TEST_CASE_FIXTURE(world,
                  "region: a database that is away refuses the waiting, and the next command tries again") {
  database_up = false;
  CHECK(ask(1).failure->code == "UNAVAILABLE");
  database_up = true;
  CHECK(ask(1).body == R"({"value":1})");
}

TEST_CASE_FIXTURE(world, "region: idle entities sleep, and wake again") {
  ask(1);
  pass(env.limits.passivation_sweep + 1s);
  CHECK(stats.passivations == 1);
  CHECK(stats.awake == 0);
  CHECK(ask(1).body == R"({"value":2})");
  CHECK(loads == 2);
}

TEST_CASE_FIXTURE(world, "region: too many commands for one entity at once are refused") {
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
    world w;
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
