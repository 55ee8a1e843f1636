#include "persistence/jobs/due_commands.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {
namespace {

struct desk_of_commands : migrated_database {
  std::string tenant_id = to_string(tenant);

  void run(const std::string& sql) { pqxx::nontransaction{db()}.exec(sql); }
  /// A command of a case of its own, due for this many minutes.
  uuid add(std::string_view type, int minutes) {
    auto id = uuid::generate();
    run(fmt::format(
        "INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, "
        "status_effective_at, created_at, updated_at, version) VALUES ('{0}', '{1}', 'A', 'B', 'DISABLED', "
        "now(), now(), now(), 1)",
        tenant_id, to_string(id)));
    run(fmt::format(
        "INSERT INTO security.app_user (tenant_id, user_id, person_id, username, status, "
        "status_effective_at, created_at, updated_at, version) VALUES ('{0}', '{1}', '{1}', '{1}', "
        "'DISABLED', now(), now(), now(), 1)",
        tenant_id, to_string(id)));
    run(fmt::format(
        "INSERT INTO people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, state, "
        "effective_at, assignment_termination, opened_by, correlation_id, opened_at, version) VALUES "
        "('{0}', '{1}', '{1}', '{1}', 'DISABLE', 'IN_PROGRESS', now(), 'END_ASSIGNMENTS_NOW', '{1}', 'c', "
        "now(), 1)",
        tenant_id, to_string(id)));
    run(fmt::format(
        "INSERT INTO people.offboarding_command (tenant_id, command_id, case_id, command_type, state, "
        "attempts, failures, due_at, version) VALUES ('{0}', '{1}', '{1}', '{2}', 'PENDING', 0, 0, now() - "
        "interval '{3} minutes', 1)",
        tenant_id, to_string(id), type, minutes));
    return id;
  }
  due_commands find(const std::vector<uuid>& except = {}, std::size_t limit = 10) {
    pqxx::nontransaction tx{db()};
    return find_due_commands(tx, wall_clock_now(), except, limit);
  }
};

}  // namespace

TEST_CASE_FIXTURE(desk_of_commands,
                  "due commands: one that cannot be read is told apart, and the others are found") {
  run("ALTER TABLE people.offboarding_command DROP CONSTRAINT offboarding_command_command_type_check");
  auto first = add("STOP_JOB_TIMERS", 3), unreadable = add("WATER_PLANTS", 2),
       last = add("CLOSE_CLOCK_SESSION", 1);
  auto found = find();
  REQUIRE(found.commands.size() == 2);
  CHECK(found.commands[0].command_id == first);
  CHECK(found.commands[1].command_id == last);
  REQUIRE(found.unreadable.size() == 1);
  CHECK(found.unreadable[0].command_id == unreadable);
  CHECK(found.unreadable[0].tenant_id == tenant);
  CHECK(found.unreadable[0].why.find("`command_type` must be one of") != std::string::npos);
  auto two = find({}, 2);
  CHECK(two.commands.size() == 1);
  CHECK(two.unreadable.size() == 1);
  auto others = find({unreadable});
  CHECK(others.commands.size() == 2);
  CHECK(others.unreadable.empty());
}

}  // namespace musterd::testing
