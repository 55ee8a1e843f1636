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
    unit.rely_on(tenant, {"company", tenant.value, version});
    return unit;
  }
  commit_unit change_to(std::int64_t version) {
    commit_unit unit;
    unit.entity = tenant.value;
    unit.advance(tenant, {"company", tenant.value, version});
    return unit;
  }
  std::int64_t clocked_in() { return number("SELECT count(*) FROM people.clock_session"); }
};

}  // namespace

TEST_CASE_FIXTURE(company_at_work,
                  "commit: what was decided by another version of the company is refused, alone") {
  CHECK(commit_one(writer, by(1)) == "ok");  // a company has a version from its beginning
  CHECK(commit_one(writer, by(2)) == "COMPANY_CHANGED");
  CHECK(commit_one(writer, by(0)) == "COMPANY_CHANGED");
  CHECK(clocked_in() == 1);
  CHECK(commit_all(writer, {by(1), by(2), by(1), clock_in()}) == codes{"ok", "COMPANY_CHANGED", "ok", "ok"});
  CHECK(commit_one(writer, change_to(2)) == "ok");
  CHECK(commit_one(writer, by(1)) == "COMPANY_CHANGED");
  CHECK(commit_all(writer, {by(2), by(2)}) == codes{"ok", "ok"});
  CHECK(clocked_in() == 6);
}

TEST_CASE_FIXTURE(company_at_work, "commit: a company's change and who relies on it may meet in one batch") {
  auto met = commit_all(writer, {by(1), change_to(2), by(2), clock_in()});
  CHECK(met[1] == "ok");
  CHECK(met[3] == "ok");
  CHECK(commit_one(writer, by(1)) == "COMPANY_CHANGED");
  CHECK(commit_one(writer, by(2)) == "ok");
  CHECK(commit_all(writer, {by(2), change_to(3)}) == codes{"ok", "ok"});
}

TEST_CASE_FIXTURE(company_at_work,
                  "commit: who relies on a company waits for its change, and does not pass it") {
  pqxx::connection elsewhere{url()};
  pqxx::work change{elsewhere};
  change.exec("UPDATE journal.record_version SET version = 2 WHERE aggregate = 'company'");
  auto relying = std::async(std::launch::async, [&] { return commit_one(writer, by(1)); });
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

}  // namespace musterd::testing
