#include "persistence/load/load_timecard.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/unit/time/timecard_fixture.hpp"

#include <doctest/doctest.h>

#include <random>

namespace musterd::testing {
namespace {

/// The fixture of the rules' unit tests, writing everything to a database as well.
class stored_clock : public test::time_clock {
 public:
  stored_clock(migrated_database& d, unsigned seed) : d_{d}, random_{seed} {
    person = state.person = person_uuid::generate();
    pqxx::nontransaction tx{d.db()};
    tx.exec(fmt::format("INSERT INTO people.tenant VALUES ('{}', 'clock', 'Clock') ON CONFLICT DO NOTHING",
                        to_string(tenant)));
    for (auto [place, zone] :
         {std::pair{chicago, "America/Chicago"}, std::pair{los_angeles, "America/Los_Angeles"}})
      tx.exec(fmt::format(
          "INSERT INTO people.location VALUES ('{}', '{}', '{}', 'x', '{}', 'ACTIVE', now(), now(), 1) "
          "ON CONFLICT DO NOTHING",
          to_string(tenant), to_string(place), to_string(place), zone));
  }

  /// Something a person may do at a clock, some time later; often refused.
  void tap() {
    pass_time();
    switch (up_to(5)) {
      case 0: return apply(clock_in{up_to(2) ? chicago : los_angeles, maybe_notes()});
      case 1: return apply(clock_out{});
      case 2: return apply(start_break{static_cast<break_type>(up_to(2)), maybe_notes()});
      case 3: return apply(end_break{});
      case 4: return apply(start_break{break_type::meal, {}});
      default: return apply(end_break{});
    }
  }

  timecard_state loaded() {
    pqxx::work tx{d_.db()};
    return load_timecard(tx, tenant, person);
  }

  /// What a loader would remember of the evolved state: an actor may still hold an older day.
  timecard_state expected() const {
    auto result = state;
    auto latest = local_date{};
    for (const auto& day : state.recent)
      latest = std::max(latest, day.card.work_date);
    std::erase_if(result.recent, [&](const workday& day) {
      return day.card.status == timecard_status::closed &&
             std::chrono::sys_days{day.card.work_date} < std::chrono::sys_days{latest} - remembered_days;
    });
    return result;
  }

  int changes = 0;

 private:
  int up_to(int most) { return std::uniform_int_distribution{0, most}(random_); }
  std::optional<std::string> maybe_notes() {
    return up_to(3) == 0 ? std::optional<std::string>{"\"quoted\" \\ back, früh, 昼, tab\t"} : std::nullopt;
  }

  void pass_time() {
    using namespace std::chrono;
    if (up_to(9) == 0 && !went_back_) {
      now_ -= minutes{up_to(10)};  // somebody sets the clock
      went_back_ = true;
      return;
    }
    went_back_ = false;
    now_ += minutes{15 + up_to(200)} + microseconds{up_to(999'999)};
    if (up_to(15) == 0)
      now_ += days{up_to(5)};
  }

  template <class Command>
  void apply(const Command& c) {
    generated_ids ids;
    role_catalog roles;
    facts known{shops, roles, ids};
    auto ctx = context(now_);
    ctx.idempotency_key = {};
    auto made = decide(state, c, ctx, known);
    if (!made)
      return;
    effects out;
    for (const auto& e : made->events) {
      evolve(state, e);
      add_effects(out, e, ctx, ids);
    }
    commit_unit unit{person.value, std::move(out.writes)};
    REQUIRE(commit_one(writer_, unit) == "ok");
    ++changes;
  }

  migrated_database& d_;
  std::mt19937 random_;
  journal_writer writer_{d_.url()};
  timestamp now_ = test::at("2026-02-27T12:00:00Z");
  bool went_back_ = false;
};

}  // namespace

TEST_CASE("load_timecard: what was decided, evolved and committed is loaded again as it was") {
  migrated_database d;
  int changes = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    stored_clock clock{d, seed};
    CHECK(clock.loaded() == clock.expected());
    for (int i = 0; i < 60; ++i) {
      clock.tap();
      REQUIRE(clock.loaded() == clock.expected());
    }
    changes += clock.changes;
  }
  CHECK(changes > 150);
  CHECK(broken_rules(d.db()) == 0);
}

TEST_CASE("load_timecard: every committed change has its audit entry and its event") {
  migrated_database d;
  stored_clock clock{d, 4711};
  for (int i = 0; i < 80; ++i)
    clock.tap();
  auto audited = d.number("SELECT count(*) FROM audit.entry"),
       published = d.number("SELECT count(*) FROM messaging.outbox");
  CHECK(audited == published);
  CHECK(audited >= clock.changes);
  CHECK(d.number("SELECT count(*) FROM messaging.outbox WHERE body::json->>'eventId' <> event_id::text "
                 "OR body::json->>'eventType' <> event_type OR body::json->'payload' IS NULL") == 0);
}

TEST_CASE("find_workdays: a range of days, one person, one tenant") {
  migrated_database d;
  stored_clock clock{d, 99};
  for (int i = 0; i < 120; ++i)
    clock.tap();
  pqxx::work tx{d.db()};
  using namespace std::chrono;
  local_date first = year{2026} / 1 / 1, last = year{2026} / 12 / 31;
  auto all = find_workdays(tx, clock.tenant, clock.person, first, last);
  REQUIRE(all.size() >= 3);
  CHECK(std::is_sorted(all.begin(), all.end(),
                       [](const auto& a, const auto& b) { return a.card.work_date < b.card.work_date; }));
  auto second = all[1].card.work_date;
  for (const auto& day : find_workdays(tx, clock.tenant, clock.person, second, second))
    CHECK(day.card.work_date == second);
  CHECK(find_workday(tx, clock.tenant, all[1].card.id) == all[1]);
  CHECK_FALSE(find_workday(tx, tenant_uuid::generate(), all[1].card.id).has_value());
  CHECK(find_workdays(tx, tenant_uuid::generate(), clock.person, first, last).empty());
  CHECK(find_workdays(tx, clock.tenant, person_uuid::generate(), first, last).empty());
}

TEST_CASE("load_timecard: a person without history is an empty state") {
  migrated_database d;
  pqxx::work tx{d.db()};
  auto person = person_uuid::generate();
  auto state = load_timecard(tx, d.tenant, person);
  CHECK(state.person == person);
  CHECK(state.recent.empty());
  CHECK_FALSE(state.last_break_type.has_value());
}

}  // namespace musterd::testing
