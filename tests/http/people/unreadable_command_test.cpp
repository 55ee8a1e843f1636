#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

/// Rows left behind by a newer server, a bug or an owner of the database.
namespace musterd::testing {
namespace {

struct offboarding {
  company_server server;
  desk at_desk{server};

  std::string disabled(const std::string& user_id) {
    auto answer = at_desk.admin->http.post("/api/people/users/" + user_id + "/disable", "{}");
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    return text_at(answer, "/case/caseId");
  }
  std::int64_t count(const std::string& from_where) {
    return number_of(server.db(), "SELECT count(*) FROM " + from_where);
  }
  bool is_clocked_out_of(const std::string& case_id) {
    return becomes_true(patience, [&] {
      return count(fmt::format("people.offboarding_command WHERE case_id = '{}' AND command_type = "
                               "'CLOSE_CLOCK_SESSION' AND state = 'SUCCEEDED'",
                               case_id)) == 1;
    });
  }
  void change_command(const std::string& case_id, const std::string& from, const std::string& to) {
    pqxx::nontransaction{server.db()}.exec(
        fmt::format("UPDATE people.offboarding_command SET command_type = '{}', state = 'PENDING', "
                    "finished_at = NULL, due_at = now() - interval '1 hour' WHERE case_id = '{}' AND "
                    "command_type = '{}'",
                    to, case_id, from));
  }
};

}  // namespace

TEST_CASE_FIXTURE(offboarding,
                  "offboarding: a command that cannot be read stops no other, and operators are told once") {
  auto damaged = disabled(at_desk.user().user_id);
  REQUIRE(is_clocked_out_of(damaged));
  pqxx::nontransaction{server.db()}.exec(
      "ALTER TABLE people.offboarding_command DROP CONSTRAINT offboarding_command_command_type_check");
  change_command(damaged, "CLOSE_CLOCK_SESSION", "WATER_PLANTS");
  CHECK(is_clocked_out_of(disabled(at_desk.user().user_id)));
  auto alerts = [&] {
    return count("messaging.alert WHERE type = 'OFFBOARDING_COMMAND_UNREADABLE' AND severity = 'CRITICAL'");
  };
  CHECK(becomes_true(patience, [&] { return alerts() == 1; }));
  server.restart();
  CHECK(is_clocked_out_of(disabled(at_desk.user().user_id)));
  CHECK(alerts() == 1);
  change_command(damaged, "WATER_PLANTS", "CLOSE_CLOCK_SESSION");
  server.restart();
  CHECK(is_clocked_out_of(damaged));
}

}  // namespace musterd::testing
