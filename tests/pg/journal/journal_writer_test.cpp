#include "tests/pg/rows/time_clock_rows.hpp"

#include "persistence/sql/constraint_faults.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace musterd::testing {
namespace {

using codes = std::vector<std::string>;

commit_unit clock_in_of(migrated_database& at, person_uuid person, int from_hour = 8) {
  auto card = card_of(person, at.shop);
  return unit_of(at.tenant, card, session_on(card, at_hour(from_hour)));
}

}  // namespace

TEST_CASE("commit: many units are one transaction") {
  migrated_database d;
  journal_writer writer{d.url()};
  std::vector<commit_unit> units;
  for (int i = 0; i < 50; ++i)
    units.push_back(clock_in_of(d, person_uuid::generate()));
  CHECK(commit_all(writer, units) == codes(50, "ok"));
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 50);
  CHECK(d.number("SELECT count(DISTINCT xmin::text) FROM people.clock_session") == 1);
  CHECK(d.number("SELECT count(DISTINCT xmin::text) FROM people.timecard") == 1);
  CHECK(writer.split_batches() == 0);
}

TEST_CASE("commit: a unit that breaks a rule fails alone") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto twice = person_uuid::generate();
  CHECK(commit_one(writer, clock_in_of(d, twice)) == "ok");
  std::vector<commit_unit> units;
  for (int i = 0; i < 9; ++i)
    units.push_back(clock_in_of(d, i == 4 ? twice : person_uuid::generate()));
  auto expected = codes(9, "ok");
  auto got = commit_all(writer, units);
  CHECK(got[4] != "ok");
  expected[4] = got[4];
  CHECK(got == expected);
  CHECK(writer.split_batches() == 1);
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 9);
  CHECK(broken_rules(d.db()) == 0);
}

TEST_CASE("commit: a unit is written as a whole or not at all") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.shop);
  auto session = session_on(card, at_hour(8));
  auto too_early = break_in(session, at_hour(7));
  CHECK(commit_one(writer, unit_of(d.tenant, card, session, too_early)) == "BREAK_OUTSIDE_SESSION");
  CHECK(d.number("SELECT count(*) FROM people.timecard") == 0);
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 0);
}

TEST_CASE("commit: a version follows the stored one by exactly one") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.shop);
  CHECK(commit_one(writer, unit_of(d.tenant, card)) == "ok");
  CHECK(commit_one(writer, unit_of(d.tenant, card)) == "CONSTRAINT_VIOLATED");  // inserted a second time
  for (auto wrong : {3, 7}) {
    card.version = wrong;
    CHECK(commit_one(writer, unit_of(d.tenant, card)) == "VERSION_CONFLICT");
  }
  card.version = 2;
  card.status = timecard_status::closed;
  CHECK(commit_one(writer, unit_of(d.tenant, card)) == "ok");
  CHECK(text_of(d.db(), "SELECT status || version FROM people.timecard") == "CLOSED2");
  // A stale unit fails alone, in a batch, too.
  auto stale = card;
  CHECK(commit_all(writer, {clock_in_of(d, person_uuid::generate()), unit_of(d.tenant, stale),
                            clock_in_of(d, person_uuid::generate())}) ==
        codes{"ok", "VERSION_CONFLICT", "ok"});
}

TEST_CASE("commit: of writers with the same version in hand one wins") {
  migrated_database d;
  auto card = card_of(person_uuid::generate(), d.shop);
  {
    journal_writer writer{d.url()};
    REQUIRE(commit_one(writer, unit_of(d.tenant, card)) == "ok");
  }
  card.version = 2;
  auto unit = unit_of(d.tenant, card);
  std::atomic<int> won{0}, refused{0};
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 6; ++i)
      writers.emplace_back([&] {
        journal_writer writer{d.url()};
        auto code = commit_one(writer, unit);
        won += code == "ok";
        refused += code == "VERSION_CONFLICT";
      });
  }
  CHECK(won == 1);
  CHECK(refused == 5);
}

TEST_CASE("commit: two changes of one record in one batch fail together and pass one after the other") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.shop);
  auto next = card;
  next.version = 2;
  CHECK(commit_all(writer, {unit_of(d.tenant, card), unit_of(d.tenant, next)}) == codes{"ok", "ok"});
  CHECK(d.number("SELECT version FROM people.timecard") == 2);
}

TEST_CASE("commit: a connection that was lost while idle costs at most one answer, then all is well") {
  migrated_database d;
  journal_writer writer{d.url()};
  REQUIRE(commit_one(writer, clock_in_of(d, person_uuid::generate())) == "ok");
  end_other_clients(d.db());
  auto unit = clock_in_of(d, person_uuid::generate());
  auto code = commit_one(writer, unit);
  CHECK((code == "ok" || code == "TIMEOUT" || code == "UNAVAILABLE"));
  if (code != "ok")
    CHECK(commit_one(writer, unit) == "ok");
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 2);
}

TEST_CASE("commit: a connection lost in the middle is an unknown outcome") {
  migrated_database d;
  journal_writer writer{d.url()};
  REQUIRE(commit_one(writer, clock_in_of(d, person_uuid::generate())) == "ok");
  auto unit = clock_in_of(d, person_uuid::generate());
  std::string code;
  {
    pqxx::connection other{d.url()};
    pqxx::work blocking{other};
    blocking.exec("LOCK TABLE people.timecard");
    std::jthread committing{[&] { code = commit_one(writer, unit); }};
    REQUIRE(d.somebody_waits_for_a_lock());
    pqxx::nontransaction{d.db()}.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                      "WHERE datname = current_database() AND wait_event_type = 'Lock'");
  }
  CHECK(code == "TIMEOUT");
  CHECK(commit_one(writer, unit) == "ok");
}

TEST_CASE("commit: a lock that is not given in time is no change, and says so") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto unit = clock_in_of(d, person_uuid::generate());
  pqxx::connection other{d.url()};
  {
    pqxx::work blocking{other};
    blocking.exec("LOCK TABLE people.timecard");
    CHECK(commit_one(writer, unit) == "UNAVAILABLE");
  }
  CHECK(commit_one(writer, unit) == "ok");
}

TEST_CASE("commit: without a database nothing was changed") {
  migrated_database d;
  journal_writer writer{d.url()};
  d.database().shut();
  auto units = std::vector{clock_in_of(d, person_uuid::generate()), clock_in_of(d, person_uuid::generate())};
  CHECK(commit_all(writer, units) == codes{"UNAVAILABLE", "UNAVAILABLE"});
  d.database().reopen();
  CHECK(commit_all(writer, units) == codes{"ok", "ok"});
  journal_writer nowhere{"postgresql://nobody@127.0.0.1:1/nothing"};
  CHECK(commit_one(nowhere, units[0]) == "UNAVAILABLE");
}

}  // namespace musterd::testing
