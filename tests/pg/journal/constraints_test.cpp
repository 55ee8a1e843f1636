#include "tests/pg/rows/time_clock_rows.hpp"

#include "persistence/schema/migrations.hpp"
#include "persistence/sql/constraint_faults.hpp"

#include <doctest/doctest.h>

#include <barrier>
#include <functional>
#include <map>
#include <thread>

namespace musterd::testing {
namespace {

stored_answer answer_with_key(const std::string& key) {
  return {system_principal, key, "digest", 200, "{}", {}, at_hour(8), {}};
}

/// A rule to be broken on purpose: PostgreSQL's name for it, and the caller's code.
struct broken_rule {
  std::string constraint, code;
  std::function<commit_unit(migrated_database&)> offence;
};

commit_unit prepared(migrated_database& d, const commit_unit& before, commit_unit offence) {
  REQUIRE(refusal_of(d, before) == "ok");
  return offence;
}

const std::vector<broken_rule>& all_rules() {
  static const std::vector<broken_rule> rules{
      {"idempotency_key_used", "IDEMPOTENCY_KEY_USED",
       [](auto& d) {
         auto answer = answer_with_key("again");
         return prepared(d, unit_of(d.tenant, answer), unit_of(d.tenant, answer));
       }},
      {"version_conflict", "VERSION_CONFLICT",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop), later = card;
         later.version = 3;
         return prepared(d, unit_of(d.tenant, card), unit_of(d.tenant, later));
       }},
      {"one_open_session", "ALREADY_CLOCKED_IN",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop);
         return prepared(d, unit_of(d.tenant, card, session_on(card, at_hour(8))),
                         unit_of(d.tenant, session_on(card, at_hour(9))));
       }},
      {"sessions_do_not_overlap", "SESSION_OVERLAP",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop);
         return prepared(d, unit_of(d.tenant, card, session_on(card, at_hour(8), at_hour(10))),
                         unit_of(d.tenant, session_on(card, at_hour(9), at_hour(11))));
       }},
      {"timecard_per_day", "VERSION_CONFLICT",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop), again = card;
         again.id = timecard_uuid::generate();
         return prepared(d, unit_of(d.tenant, card), unit_of(d.tenant, again));
       }},
      {"one_running_break", "BREAK_ALREADY_IN_PROGRESS",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop);
         auto session = session_on(card, at_hour(8));
         return prepared(d, unit_of(d.tenant, card, session, break_in(session, at_hour(9))),
                         unit_of(d.tenant, break_in(session, at_hour(10))));
       }},
      {"breaks_do_not_overlap", "BREAK_OVERLAP",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop);
         auto session = session_on(card, at_hour(8));
         return prepared(d, unit_of(d.tenant, card, session, break_in(session, at_hour(9), at_hour(10))),
                         unit_of(d.tenant, break_in(session, at_hour(9, 59), at_hour(11))));
       }},
      {"break_inside_session", "BREAK_OUTSIDE_SESSION",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop);
         auto session = session_on(card, at_hour(8), at_hour(12));
         return prepared(d, unit_of(d.tenant, card, session),
                         unit_of(d.tenant, break_in(session, at_hour(11), at_hour(12, 1))));
       }},
      {"session_covers_breaks", "BREAK_OUTSIDE_SESSION",
       [](auto& d) {
         auto card = card_of(person_uuid::generate(), d.shop);
         auto session = session_on(card, at_hour(8));
         auto closed = session;
         closed.clock_out_at = at_hour(9, 30);
         closed.status = timecard_status::closed;
         closed.version = 2;
         return prepared(d, unit_of(d.tenant, card, session, break_in(session, at_hour(9), at_hour(10))),
                         unit_of(d.tenant, closed));
       }},
  };
  return rules;
}

using outcomes = std::map<std::string, int>;

std::string described(const outcomes& seen) {
  std::string text;
  for (const auto& [what, count] : seen)
    text += fmt::format("{} {}; ", count, what);
  return text;
}

/// All rivals check, wait for each other, and then write what the check allowed.
outcomes race(migrated_database& d, int rivals, const std::string& check,
              const std::function<commit_unit(int)>& offer) {
  std::vector<std::string> results(static_cast<std::size_t>(rivals));
  std::barrier checked{rivals};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < rivals; ++i)
      threads.emplace_back([&, i] {
        pqxx::connection db{d.url()};
        auto unit = offer(i);
        auto allowed = number_of(db, check) == 0;
        checked.arrive_and_wait();
        results[static_cast<std::size_t>(i)] = allowed ? refusal_of(d, unit) : "not tried";
      });
  }
  outcomes counted;
  for (const auto& r : results)
    ++counted[r];
  return counted;
}

constexpr int rounds = 8, rivals = 6;

}  // namespace

TEST_CASE(
    "constraints: each rule refuses, by its name, and the caller gets its code [S84-R1 S84-R2 S84-R3]") {
  migrated_database d;
  journal_writer writer{d.url()};
  for (const auto& rule : all_rules()) {
    CAPTURE(rule.constraint);
    auto offence = rule.offence(d);
    CHECK(refusal_of(d, offence) == rule.constraint);
    CHECK(commit_one(writer, offence) == rule.code);
    CHECK(broken_rules(d.db()) == 0);
  }
}

TEST_CASE("constraints: what has no name of ours is a conflict too, and nothing is given away") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.shop);
  auto backwards = session_on(card, at_hour(9), at_hour(8));
  CHECK(commit_one(writer, unit_of(d.tenant, card, backwards)) != "ok");
  auto orphan = session_on(card, at_hour(8));
  CHECK(commit_one(writer, unit_of(d.tenant, orphan)) == "CONSTRAINT_VIOLATED");
}

TEST_CASE("constraints: times that touch are no overlap [S84-R3 D-13]") {
  migrated_database d;
  auto card = card_of(person_uuid::generate(), d.shop);
  auto session = session_on(card, at_hour(8), at_hour(12)), next = session_on(card, at_hour(12));
  CHECK(refusal_of(d, unit_of(d.tenant, card, session, next, break_in(session, at_hour(8), at_hour(9)),
                              break_in(session, at_hour(9), at_hour(12)), break_in(next, at_hour(12)))) ==
        "ok");
  CHECK(broken_rules(d.db()) == 0);
}

TEST_CASE("race without actor: two running breaks for one mechanic [S84-R1]") {
  migrated_database d;
  for (int i = 0; i < rounds; ++i) {
    auto card = card_of(person_uuid::generate(), d.shop);
    auto session = session_on(card, at_hour(8));
    REQUIRE(refusal_of(d, unit_of(d.tenant, card, session)) == "ok");
    auto seen = race(d, rivals,
                     fmt::format("SELECT count(*) FROM people.break_record WHERE mechanic_id = '{}'",
                                 to_string(card.person_id)),
                     [&](int n) { return unit_of(d.tenant, break_in(session, at_hour(9, n))); });
    CHECK(described(seen) == described(outcomes{{"ok", 1}, {"one_running_break", rivals - 1}}));
  }
  CHECK(broken_rules(d.db()) == 0);
  CHECK(d.number("SELECT count(*) FROM people.break_record") == rounds);
}

TEST_CASE("race without actor: overlapping breaks on one timecard [S84-R3]") {
  migrated_database d;
  for (int i = 0; i < 3; ++i) {
    auto card = card_of(person_uuid::generate(), d.shop);
    auto session = session_on(card, at_hour(8));
    REQUIRE(refusal_of(d, unit_of(d.tenant, card, session)) == "ok");
    auto seen =
        race(d, 4,
             fmt::format("SELECT count(*) FROM people.break_record WHERE mechanic_id = '{}'",
                         to_string(card.person_id)),
             [&](int n) { return unit_of(d.tenant, break_in(session, at_hour(9, n), at_hour(10, n))); });
    CHECK(seen["ok"] == 1);
    // Rivals that wait for each other's range are separated by the deadlock detector.
    CHECK(seen["breaks_do_not_overlap"] + seen["deadlock"] == 3);
  }
  CHECK(broken_rules(d.db()) == 0);
}

TEST_CASE("race without actor: two open sessions for one person") {
  migrated_database d;
  for (int i = 0; i < rounds; ++i) {
    auto person = person_uuid::generate();
    // At different shops, so that their timecards do not conflict.
    auto seen = race(
        d, 2,
        fmt::format("SELECT count(*) FROM people.clock_session WHERE person_id = '{}'", to_string(person)),
        [&](int n) {
          auto card = card_of(person, n == 0 ? d.shop : d.other_shop);
          return unit_of(d.tenant, card, session_on(card, at_hour(8, n)));
        });
    CHECK(described(seen) == described(outcomes{{"ok", 1}, {"one_open_session", 1}}));
  }
  for (int i = 0; i < rounds; ++i) {
    auto card = card_of(person_uuid::generate(), d.shop);
    REQUIRE(refusal_of(d, unit_of(d.tenant, card)) == "ok");
    auto seen = race(d, rivals,
                     fmt::format("SELECT count(*) FROM people.clock_session WHERE person_id = '{}'",
                                 to_string(card.person_id)),
                     [&](int n) { return unit_of(d.tenant, session_on(card, at_hour(8, n))); });
    CHECK(described(seen) == described(outcomes{{"ok", 1}, {"one_open_session", rivals - 1}}));
  }
  CHECK(broken_rules(d.db()) == 0);
}

TEST_CASE("race without actor: one timecard a day") {
  migrated_database d;
  auto person = person_uuid::generate();
  auto seen = race(d, rivals, "SELECT count(*) FROM people.timecard",
                   [&](int) { return unit_of(d.tenant, card_of(person, d.shop)); });
  CHECK(described(seen) == described(outcomes{{"ok", 1}, {"timecard_per_day", rivals - 1}}));
}

TEST_CASE(
    "race without actor: a break is written while its session is being closed, in both orders [S84-R2]") {
  migrated_database d;
  for (bool close_first : {true, false})
    for (bool first_commits : {true, false}) {
      CAPTURE(close_first);
      CAPTURE(first_commits);
      auto card = card_of(person_uuid::generate(), d.shop);
      auto session = session_on(card, at_hour(8));
      REQUIRE(refusal_of(d, unit_of(d.tenant, card, session)) == "ok");
      auto close = fmt::format("UPDATE people.clock_session SET status = 'CLOSED', clock_out_at = "
                               "'2026-01-11 12:00Z', version = 2 "
                               "WHERE id = '{}'",
                               to_string(session.id));
      auto pause = fmt::format(
          "INSERT INTO people.break_record VALUES ('{}', '{}', '{}', '{}', '{}', 'MEAL', 'IN_PROGRESS', "
          "'2026-01-11 09:00Z', NULL, NULL, false, NULL, NULL, NULL, now(), now(), '{}', '{}', 1)",
          to_string(d.tenant), to_string(uuid::generate()), to_string(card.id), to_string(session.id),
          to_string(card.person_id), to_string(card.person_id), to_string(card.person_id));
      std::string second_result;
      {
        pqxx::connection first_db{d.url()};
        auto first = std::make_unique<pqxx::work>(first_db);
        first->exec(close_first ? close : pause);
        std::jthread second{[&] {
          pqxx::connection db{d.url()};
          try {
            pqxx::work tx{db};
            tx.exec(close_first ? pause : close);
            tx.commit();
            second_result = "ok";
          } catch (const pqxx::sql_error& e) {
            second_result = std::string{constraint_name(e.what())};
          }
        }};
        REQUIRE(d.somebody_waits_for_a_lock());
        if (first_commits)
          first->commit();
        first.reset();
      }
      auto refusal = close_first ? "break_inside_session" : "session_covers_breaks";
      CHECK(second_result == (first_commits ? refusal : "ok"));
      CHECK(broken_rules(d.db()) == 0);
    }
}

TEST_CASE("race without actor: closing a session against starting a break, many times") {
  migrated_database d;
  for (int i = 0; i < 2 * rounds; ++i) {
    auto card = card_of(person_uuid::generate(), d.shop);
    auto session = session_on(card, at_hour(8));
    REQUIRE(refusal_of(d, unit_of(d.tenant, card, session)) == "ok");
    auto closed = session;
    closed.clock_out_at = at_hour(12);
    closed.status = timecard_status::closed;
    closed.version = 2;
    auto seen = race(d, 2, "SELECT 0", [&](int n) {
      return n == 0 ? unit_of(d.tenant, closed) : unit_of(d.tenant, break_in(session, at_hour(9)));
    });
    CHECK(seen["ok"] == 1);
    CHECK(seen["break_inside_session"] + seen["session_covers_breaks"] == 1);
  }
  CHECK(broken_rules(d.db()) == 0);
}

TEST_CASE("race without actor: one Idempotency-Key") {
  migrated_database d;
  auto answer = answer_with_key("tap");
  auto seen = race(d, rivals, "SELECT count(*) FROM journal.idempotency_key",
                   [&](int) { return unit_of(d.tenant, answer); });
  CHECK(described(seen) == described(outcomes{{"ok", 1}, {"idempotency_key_used", rivals - 1}}));
}

}  // namespace musterd::testing
