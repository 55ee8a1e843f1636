#include "persistence/load/person_changes.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>

#include <future>

/// Commits that were decided by their company's roles name its version (docs/decisions/0054).
namespace musterd::testing {
namespace {

using codes = std::vector<std::string>;

struct company_at_work : migrated_database {
  journal_writer writer{url()};

  commit_unit clock_in() {
    auto card = card_of(person_uuid::generate(), shop);
    return unit_of(tenant, card, session_on(card, at_hour(8)));
  }
  commit_unit by(std::int64_t version) {
    auto unit = clock_in();
    unit.rely_on(tenant, relied_on_company{tenant.value, version});
    return unit;
  }
  /// Of what others go by, unless that last changed at another version.
  commit_unit change_to(std::int64_t version, std::optional<std::int64_t> relied_on = {}) {
    commit_unit unit;
    unit.entity = tenant.value;
    unit.advance(tenant, {"company", tenant.value, version, relied_on.value_or(version)});
    return unit;
  }
  std::int64_t clocked_in() { return number("SELECT count(*) FROM people.clock_session"); }
};

}  // namespace

TEST_CASE_FIXTURE(company_at_work,
                  "commit: what was decided by another version of the company is refused, alone") {
  CHECK(commit_one(writer, by(0)) == "ok");  // a company has a version from its beginning
  CHECK(commit_one(writer, by(2)) == "COMPANY_CHANGED");
  CHECK(commit_one(writer, by(1)) == "COMPANY_CHANGED");
  CHECK(clocked_in() == 1);
  CHECK(commit_all(writer, {by(0), by(2), by(0), clock_in()}) == codes{"ok", "COMPANY_CHANGED", "ok", "ok"});
  CHECK(commit_one(writer, change_to(2)) == "ok");
  CHECK(commit_one(writer, by(0)) == "COMPANY_CHANGED");
  CHECK(commit_all(writer, {by(2), by(2)}) == codes{"ok", "ok"});
  CHECK(clocked_in() == 6);
}

TEST_CASE_FIXTURE(company_at_work, "Security: commit: changes that nobody goes by hold up nobody") {
  CHECK(commit_one(writer, change_to(2)) == "ok");
  CHECK(commit_one(writer, change_to(3, 2)) == "ok");
  CHECK(commit_one(writer, by(2)) == "ok");
  CHECK(commit_one(writer, by(3)) == "COMPANY_CHANGED");
  CHECK(commit_one(writer, change_to(3, 2)) == "RECORD_CHANGED");
  CHECK(commit_one(writer, change_to(4)) == "ok");
  CHECK(commit_one(writer, by(2)) == "COMPANY_CHANGED");
  CHECK(commit_one(writer, by(4)) == "ok");
  CHECK(clocked_in() == 2);
}

TEST_CASE_FIXTURE(company_at_work, "commit: a company's change and who relies on it may meet in one batch") {
  auto met = commit_all(writer, {by(0), change_to(2), by(2), clock_in()});
  CHECK(met[1] == "ok");
  CHECK(met[3] == "ok");
  CHECK(commit_one(writer, by(0)) == "COMPANY_CHANGED");
  CHECK(commit_one(writer, by(2)) == "ok");
  CHECK(commit_all(writer, {by(2), change_to(3)}) == codes{"ok", "ok"});
}

TEST_CASE_FIXTURE(company_at_work,
                  "commit: who relies on a company waits for its change, and does not pass it") {
  pqxx::connection elsewhere{url()};
  pqxx::work change{elsewhere};
  change.exec("UPDATE journal.record_version SET version = 2, relied_on = 2 WHERE aggregate = 'company'");
  auto relying = std::async(std::launch::async, [&] { return commit_one(writer, by(0)); });
  CHECK(becomes_true(std::chrono::seconds{30}, [&] {
    return relying.wait_for(std::chrono::seconds{0}) == std::future_status::ready ||
           number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") > 0;
  }));
  change.commit();
  auto met = relying.get();
  // The lock may have been waited for too long, too.
  CHECK((met == "COMPANY_CHANGED" || met == "UNAVAILABLE"));
  CHECK(clocked_in() == 0);
  CHECK(commit_one(writer, by(2)) == "ok");
}

TEST_CASE_FIXTURE(company_at_work,
                  "commit: what was decided by another version of the caller's record is refused, alone") {
  auto caller = uuid::generate();
  commit_unit change;
  change.entity = caller;
  change.advance(tenant, {"person", caller, 1, 1});
  auto by_caller = [&](std::int64_t version) {
    auto unit = by(0);
    unit.rely_on(tenant, relied_on_caller{caller, version});
    return unit;
  };
  CHECK(commit_one(writer, by_caller(1)) == "CALLER_CHANGED");  // nobody has that record
  CHECK(commit_one(writer, change) == "ok");
  CHECK(commit_all(writer, {by_caller(1), by_caller(2), clock_in()}) == codes{"ok", "CALLER_CHANGED", "ok"});
  CHECK(clocked_in() == 2);
}

TEST_CASE_FIXTURE(company_at_work, "person changes: those since the last look, by whichever server") {
  pqxx::nontransaction tx{db()};
  auto first = find_person_changes(tx, "");
  CHECK(first.changed.empty());
  auto who = uuid::generate();
  commit_unit change;
  change.entity = who;
  change.advance(tenant, {"person", who, 1});
  REQUIRE(commit_one(writer, change) == "ok");
  REQUIRE(commit_one(writer, clock_in()) == "ok");
  auto seen = find_person_changes(tx, first.next);
  REQUIRE(seen.changed.size() == 1);
  CHECK(seen.changed[0].person.value == who);
  CHECK(seen.changed[0].version == 1);
  // Nothing is lost to a transaction that began before the look and ends behind it.
  pqxx::connection slow{database().owner_url()};
  pqxx::work late{slow};
  late.exec("UPDATE journal.record_version SET version = 2 WHERE aggregate = 'person'");
  auto between = find_person_changes(tx, seen.next);
  late.commit();
  auto then = find_person_changes(tx, between.next);
  REQUIRE(then.changed.size() == 1);
  CHECK(then.changed[0].version == 2);
}

}  // namespace musterd::testing
