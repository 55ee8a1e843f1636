#include "persistence/load/load_job_timer.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/unit/time/job_timer_fixture.hpp"

#include <doctest/doctest.h>

#include <random>
#include <thread>

namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

job_timer timer_of(person_uuid technician, timestamp from, std::optional<timestamp> to = {}) {
  job_timer t;
  t.timer_id = job_timer_uuid::generate();
  t.technician_id = technician;
  t.work_order_id = "WO-4711";
  t.location_id = location_uuid::generate();
  t.start_time = t.created_at = t.updated_at = from;
  if (to) {
    t.status = job_timer_status::stopped;
    t.end_time = to;
    t.duration_seconds = std::chrono::floor<std::chrono::seconds>(*to - from).count();
  }
  return t;
}

/// The fixture of the rules' unit tests, writing everything to a database as well.
struct stored_jobs : test::job_clock {
  explicit stored_jobs(migrated_database& d) : database{d}, writer{d.url()} {
    tenant = d.tenant;
    person = timers.technician = person_uuid::generate();
    location shop;
    shop.location_id = chicago;
    shops.add(tenant, shop);
  }

  /// False if refused.
  template <class Command>
  bool apply(const Command& c, timestamp now) {
    role_catalog roles;
    generated_ids fresh;
    facts known{shops, roles, fresh};
    auto made = decide(timers, c, context(now), known);
    if (!made)
      return false;
    effects written;
    for (const auto& e : made->events) {
      evolve(timers, e);
      add_effects(written, e, context(now), fresh);
    }
    REQUIRE(commit_one(writer, {person.value, std::move(written.writes)}) == "ok");
    return true;
  }

  job_timer_state loaded() {
    pqxx::work tx{database.db()};
    return load_job_timer(tx, tenant, person);
  }

  migrated_database& database;
  journal_writer writer;
};

}  // namespace

TEST_CASE("job timer constraints: each rule refuses by its name, and the caller gets its code") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto person = person_uuid::generate;
  auto refused = [&](const job_timer& timer, const std::string& constraint, const std::string& code) {
    CAPTURE(constraint);
    auto unit = unit_of(d.tenant, timer);
    CHECK(refusal_of(d, unit) == constraint);
    CHECK(commit_one(writer, unit) == code);
  };
  auto kept = [&](const job_timer& timer) {
    REQUIRE(commit_one(writer, unit_of(d.tenant, timer)) == "ok");
    return timer;
  };
  auto running = kept(timer_of(person(), at_hour(8)));
  refused(timer_of(running.technician_id, at_hour(9)), "one_running_timer", "TIMER_ALREADY_ACTIVE");
  auto over = kept(timer_of(person(), at_hour(8), at_hour(10)));
  refused(timer_of(over.technician_id, at_hour(9), at_hour(11)), "timers_do_not_overlap", "TIMER_OVERLAP");
  kept(timer_of(over.technician_id, at_hour(10), at_hour(11)));
  over.version = 2;
  refused(over, "job_timer_is_history", "TIMER_IMMUTABLE");

  auto wrong = [&](const std::string& constraint, auto&& change) {
    auto timer = timer_of(person(), at_hour(8), at_hour(9));
    change(timer);
    refused(timer, constraint, "CONSTRAINT_VIOLATED");
  };
  wrong("timer_running_without_end", [](auto& t) { t.status = job_timer_status::running; });
  wrong("timer_ends_after_start", [](auto& t) {
    t.end_time = at_hour(7);
    t.duration_seconds = -3600;
  });
  wrong("timer_end_has_duration", [](auto& t) { t.duration_seconds.reset(); });
  wrong("timer_duration_is_its_own", [](auto& t) { t.duration_seconds = 3601; });
  wrong("timer_forced_with_reason", [](auto& t) { t.forced_stop = true; });
  wrong("timer_forced_means_stopped", [](auto& t) {
    t.status = job_timer_status::running;
    t.end_time.reset();
    t.duration_seconds.reset();
    t.forced_stop = true;
    t.forced_stop_reason = "x";
  });
  wrong("job_timer_job_code_check", [](auto& t) { t.job_code = std::string(65, 'x'); });
}

TEST_CASE("job timer constraints: nothing is deleted, and a running timer keeps what it began with") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto running = timer_of(person_uuid::generate(), at_hour(8));
  REQUIRE(commit_one(writer, unit_of(d.tenant, running)) == "ok");
  CHECK_THROWS(pqxx::nontransaction{d.db()}.exec("DELETE FROM workexec.job_timer"));
  auto moved = running;
  moved.start_time = at_hour(7);
  moved.version = 2;
  CHECK(commit_one(writer, unit_of(d.tenant, moved)) == "TIMER_IMMUTABLE");
  CHECK(d.number("SELECT count(*) FROM workexec.job_timer WHERE version = 1") == 1);
}

TEST_CASE("race without actor: two running timers for one technician") {
  migrated_database d;
  constexpr int rivals = 6;
  auto technician = person_uuid::generate();
  std::vector<std::string> results(rivals);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < rivals; ++i)
      threads.emplace_back(
          [&, i] { results[i] = refusal_of(d, unit_of(d.tenant, timer_of(technician, at_hour(8)))); });
  }
  CHECK(std::count(results.begin(), results.end(), "ok") == 1);
  CHECK(std::count(results.begin(), results.end(), "one_running_timer") == rivals - 1);
}

TEST_CASE("load_job_timer: what was decided and committed is loaded again as it was") {
  migrated_database d;
  int changes = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    stored_jobs jobs{d};
    std::mt19937 random{seed};
    auto now = at_hour(8);
    CHECK(jobs.loaded() == jobs.timers);
    for (int i = 0; i < 40; ++i) {
      // A step of zero makes timers without length; a step back is a clock being set.
      now += std::chrono::microseconds{random() % 3 ? 1'234'567 : 0} - (random() % 8 ? 0s : 3s);
      switch (random() % 3) {
        case 0: changes += jobs.apply(start_job_timer{"WO-1", {}, jobs.chicago}, now); break;
        case 1: changes += jobs.apply(stop_job_timer{}, now); break;
        default: changes += jobs.apply(jobs.force(now - 1s), now);
      }
      REQUIRE(jobs.loaded() == jobs.timers);
    }
  }
  CHECK(changes > 100);
  CHECK(d.number("SELECT count(*) FROM messaging.outbox WHERE body::json->>'eventType' <> event_type") == 0);
  stored_jobs stranger{d};
  CHECK_FALSE(stranger.loaded().latest);
}

}  // namespace musterd::testing
