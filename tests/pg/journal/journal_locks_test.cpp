#include "common/observation/log_output.hpp"
#include "persistence/journal/commit_batch.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

#include <cstdio>

#include <unistd.h>

namespace musterd::testing {
namespace {

using codes = std::vector<std::string>;

/// A timecard whose next version has to wait for as long as `hold` lives.
struct held_row {
  migrated_database& at;
  timecard card = card_of(person_uuid::generate(), at.shop);
  std::unique_ptr<pqxx::connection> other;
  std::unique_ptr<pqxx::work> hold;

  held_row(migrated_database& database, journal_writer& writer) : at{database} {
    REQUIRE(commit_one(writer, unit_of(at.tenant, card)) == "ok");
    other = std::make_unique<pqxx::connection>(at.url());
    hold = std::make_unique<pqxx::work>(*other);
    hold->exec("SELECT FROM people.timecard WHERE id = '" + to_string(card.id) + "' FOR UPDATE");
  }
  commit_unit next() {
    ++card.version;
    return unit_of(at.tenant, card);
  }
};

/// Captures this process's log for as long as it lives.
class log_lines {
 public:
  log_lines() {
    log::flush(std::chrono::seconds{10});
    ::dup2(::fileno(file_.get()), STDERR_FILENO);
  }
  ~log_lines() {
    ::dup2(stderr_, STDERR_FILENO);
    ::close(stderr_);
  }
  log_lines(const log_lines&) = delete;
  log_lines& operator=(const log_lines&) = delete;

  int with(std::string_view text) const {
    log::flush(std::chrono::seconds{10});
    std::rewind(file_.get());
    int count = 0;
    char line[4096];
    while (std::fgets(line, sizeof line, file_.get()))
      count += std::string_view{line}.find(text) != std::string_view::npos;
    return count;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), &std::fclose};
  int stderr_ = ::dup(STDERR_FILENO);
};

commit_unit clock_in(migrated_database& at) {
  auto card = card_of(person_uuid::generate(), at.shop);
  return unit_of(at.tenant, card, session_on(card, at_hour(8)));
}

record_version version_of(const uuid& record, std::int64_t version) {
  return {"timecard", record, version};
}

}  // namespace

TEST_CASE("commit: a row that somebody holds refuses the unit that needs it, and no other of its batch") {
  migrated_database d;
  journal_writer writer{d.url()};
  held_row row{d, writer};
  std::vector<commit_unit> units;
  for (int i = 0; i < 8; ++i)
    units.push_back(i == 3 ? row.next() : clock_in(d));
  codes expected(8, "ok");
  expected[3] = "UNAVAILABLE";
  CHECK(commit_all(writer, units) == expected);
  row.hold.reset();
  CHECK(commit_one(writer, units[3]) == "ok");
}

TEST_CASE("commit: many units that wait for one row do not add up their waiting") {
  migrated_database d;
  journal_writer writer{d.url()};
  held_row row{d, writer};
  auto waiting = row.next();
  std::vector<commit_unit> units(100, waiting);
  for (auto& u : units)
    u.entity = uuid::generate();
  units.push_back(clock_in(d));
  log_lines logged;
  auto got = commit_all(writer, units);
  CHECK(logged.with(R"("event":"contention")") == 1);
  CHECK(got.back() == "ok");  // otherwise it came after the slow part and was not tried at all
  CHECK(std::count(got.begin(), got.end(), "UNAVAILABLE") == 100);
}

TEST_CASE("commit: what an entity asked for later does not overtake what waits for a lock") {
  migrated_database d;
  journal_writer writer{d.url()};
  held_row row{d, writer};
  auto first = row.next();
  auto later = clock_in(d);
  later.entity = first.entity;
  CHECK(commit_all(writer, {first, later, clock_in(d)}) == codes{"UNAVAILABLE", "ok", "ok"});
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 2);
}

TEST_CASE(
    "commit: a decision on a version of the record that is gone is refused, also if it only adds rows") {
  migrated_database d;
  journal_writer here{d.url()}, there{d.url()};
  auto person = uuid::generate();
  auto with = [&](std::int64_t version) {
    auto unit = clock_in(d);
    unit.writes.push_back(write_row(d.tenant, version_of(person, version)));
    return unit;
  };
  CHECK(commit_one(here, with(1)) == "ok");
  CHECK(commit_one(there, with(1)) == "RECORD_CHANGED");  // both had found no record
  CHECK(commit_one(there, with(2)) == "ok");
  CHECK(commit_one(here, with(2)) == "RECORD_CHANGED");
  CHECK(commit_all(here, {clock_in(d), with(2), clock_in(d)}) == codes{"ok", "RECORD_CHANGED", "ok"});
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 4);
  // The same person's record in another aggregate has its own version.
  auto other = clock_in(d);
  other.writes.push_back(write_row(d.tenant, record_version{"job_timer", person, 1}));
  CHECK(commit_one(here, other) == "ok");
}

TEST_CASE(
    "commit: a deadlock, or a statement that takes too long, refuses the unit it is about and no other") {
  migrated_database d;
  auto troublesome = card_of(person_uuid::generate(), d.shop);
  auto trouble_is = [&](const std::string& what) {
    pqxx::nontransaction{d.db()}.exec(
        "CREATE OR REPLACE FUNCTION people.trouble() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN IF NEW.id = '" +
        to_string(troublesome.id) + "' THEN " + what +
        "; END IF; RETURN NEW; END $$; CREATE OR REPLACE TRIGGER trouble BEFORE INSERT "
        "ON people.timecard FOR EACH ROW EXECUTE FUNCTION people.trouble()");
  };
  journal_writer writer{d.url()};
  for (const auto* what : {"RAISE 'that is how it is' USING ERRCODE = '40P01'", "PERFORM pg_sleep(60)"}) {
    CAPTURE(what);
    trouble_is(what);
    CHECK(commit_all(writer, {clock_in(d), unit_of(d.tenant, troublesome), clock_in(d)}) ==
          codes{"ok", "UNAVAILABLE", "ok"});
  }
  trouble_is("NULL");
  CHECK(commit_one(writer, unit_of(d.tenant, troublesome)) == "ok");
}

TEST_CASE(
    "commit: a row that is at another version than the record's decider knew has the record read again") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.shop);
  auto next = [&](bool of_a_record) {
    ++card.version;
    auto unit = unit_of(d.tenant, card);
    if (of_a_record)
      unit.advance(d.tenant, version_of(card.id.value, 1));
    return unit;
  };
  REQUIRE(commit_one(writer, unit_of(d.tenant, card)) == "ok");
  pqxx::nontransaction{d.db()}.exec("UPDATE people.timecard SET version = 7");
  CHECK(commit_one(writer, next(true)) == "RECORD_CHANGED");
  CHECK(commit_one(writer, next(false)) == "VERSION_CONFLICT");
}

TEST_CASE("commit: what has waited for longer than anybody is interested in is not begun") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto late = clock_in(d);
  late.begin_by = std::chrono::steady_clock::now() - std::chrono::milliseconds{1};
  CHECK(commit_all(writer, {clock_in(d), late, clock_in(d)}) == codes{"ok", "UNAVAILABLE", "ok"});
  CHECK(commit_one(writer, late) == "UNAVAILABLE");
  CHECK(d.number("SELECT count(*) FROM people.clock_session") == 2);
}

TEST_CASE("commit: for what came too late nobody looks for the database") {
  migrated_database d;
  auto late = clock_in(d);
  late.begin_by = std::chrono::steady_clock::now() - std::chrono::milliseconds{1};
  journal_writer nowhere{"postgresql://nobody@127.0.0.1:1/nothing"};
  const commit_unit* units[] = {&late, &late};
  for (const auto& refused : nowhere.commit(units)) {
    REQUIRE(refused);
    CHECK(refused->message == "The database could not take the change; try again.");
  }
}

TEST_CASE("commit: a used key is told from a decision on a version that is gone, which used it unseen") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto person = uuid::generate();
  stored_answer first;
  first.actor = person;
  first.key = "once";
  first.body = "{}";
  auto with = [&](std::int64_t version) {
    auto unit = clock_in(d);
    unit.writes.push_back(write_row(d.tenant, first));
    unit.advance(d.tenant, version_of(person, version));
    return unit;
  };
  CHECK(commit_one(writer, with(1)) == "ok");
  CHECK(commit_one(writer, with(2)) == "IDEMPOTENCY_KEY_USED");
  CHECK(commit_one(writer, with(1)) == "RECORD_CHANGED");
}

TEST_CASE("commit: however many sets of tables there are, a connection keeps a bounded number of plans") {
  migrated_database d;
  constexpr unsigned tables = 9;
  std::vector<std::string> names;
  std::vector<table_spec> specs;
  for (unsigned i = 0; i < tables; ++i) {
    names.push_back("kind_" + std::to_string(i));
    pqxx::nontransaction{d.db()}.exec("CREATE TABLE " + names.back() + " (tenant_id uuid)");
  }
  for (const auto& name : names)
    specs.push_back({name, "tenant_id", write_mode::insert, {{"tenant_id", "uuid", ""}}});
  commit_batch batch;
  auto write = [&](unsigned set) {
    std::vector<row_write> rows;
    for (unsigned i = 0; i < tables; ++i)
      if (set & (1u << i))
        rows.emplace_back(specs[i]).add(d.tenant);
    std::vector<const row_write*> writes;
    for (const auto& row : rows)
      writes.push_back(&row);
    batch.execute(d.db(), writes);
  };
  for (unsigned set = 1; set < 1u << tables; ++set)
    write(set);
  write(1);  // dropped long ago
  CHECK(d.number("SELECT count(*) FROM pg_prepared_statements") <= 256);
  CHECK(d.number("SELECT count(*) FROM kind_0") == (1 << (tables - 1)) + 1);
}

}  // namespace musterd::testing
