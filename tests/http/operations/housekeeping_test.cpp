#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

/// The server's periodic chores, each independent of the others.
namespace musterd::testing {
namespace {

double figure(company_server& server, std::string_view sample) {
  return metric(server.client().get("/metrics").body, sample);
}

/// A case's command that first failed this long ago and is not due yet.
void add_retrying(company_server& server, const visitor& whom, int seconds_ago) {
  auto id = to_string(uuid::generate());
  pqxx::work tx{server.db()};
  tx.exec(
      fmt::format("INSERT INTO people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, state, "
                  "effective_at, "
                  "assignment_termination, opened_by, correlation_id, opened_at, version) SELECT tenant_id, "
                  "'{}', user_id, "
                  "person_id, 'DISABLE', 'IN_PROGRESS', now(), 'END_ASSIGNMENTS_NOW', user_id, 'c', now(), 1 "
                  "FROM security.app_user WHERE user_id = '{}'",
                  id, whom.user_id));
  tx.exec(
      fmt::format("INSERT INTO people.offboarding_command (tenant_id, command_id, case_id, command_type, "
                  "state, attempts, "
                  "failures, first_failed_at, due_at, version) SELECT tenant_id, gen_random_uuid(), case_id, "
                  "'STOP_JOB_TIMERS', 'RETRYING', 1, 1, now() - interval '{} s', now() + interval '1 day', 1 "
                  "FROM people.offboarding_case WHERE case_id = '{}'",
                  seconds_ago, id));
  tx.commit();
}

}  // namespace

TEST_CASE("offboarding metrics: the retry queue's depth and the age of its oldest command are what the rows "
          "say [S90-F23 S90-F24]") {
  company_server server;
  auto ann = server.new_mechanic();
  auto depth = [&] { return figure(server, "user_deactivation_saga_queue_depth"); };
  auto age = [&] { return figure(server, "user_deactivation_saga_oldest_retry_age"); };
  CHECK(depth() == 0);
  CHECK(age() == 0);
  add_retrying(server, *ann, 1000);
  add_retrying(server, *ann, 5000);
  CHECK(becomes_true(patience, [&] { return depth() == 2; }));
  auto oldest = age();
  CHECK(oldest >= 5000);
  CHECK(oldest < 5000 + 60);
  // The first look is over; the next takes about a second, on a slow machine more.
  constexpr std::chrono::seconds soon{6};
  CHECK(becomes_true(soon, [&] { return age() > oldest; }));
  add_retrying(server, *ann, 1);
  CHECK(becomes_true(soon, [&] { return depth() == 3; }));
  pqxx::nontransaction{server.db()}.exec(
      "DELETE FROM people.offboarding_command; DELETE FROM people.offboarding_case");
  CHECK(becomes_true(patience, [&] { return depth() == 0 && age() == 0; }));
}

TEST_CASE("housekeeping: a chore that cannot get on keeps the server ready and the other chores going") {
  company_server server;
  auto ann = server.new_mechanic();
  auto http = server.client();
  auto failures = [&] { return figure(server, R"(chore_failures_total{chore="dead_letter_gauges"})"); };
  CHECK(failures() == 0);
  pqxx::connection other{server.database().owner_url()};
  pqxx::work lock{other};
  lock.exec("LOCK TABLE messaging.dead_letter IN ACCESS EXCLUSIVE MODE");
  auto always_ready = true;
  CHECK(becomes_true(patience, [&] {
    always_ready = always_ready && http.get("/health/ready").status == 200;
    return failures() >= 1;
  }));
  CHECK(always_ready);
  // As long as the wait for a lock.
  CHECK(figure(server, R"(chore_duration_seconds{chore="dead_letter_gauges"})") >= 0.5);
  add_retrying(server, *ann, 1);
  CHECK(becomes_true(patience, [&] { return figure(server, "user_deactivation_saga_queue_depth") == 1; }));
  CHECK(figure(server, "database_up") == 1);
}

TEST_CASE("companies: who connects again, perhaps to a server that took over, believes nothing seen before") {
  company_server server;
  desk d{server};
  service pos{server};
  auto user = d.user();
  auto made = d.admin->http.post("/api/security/roles", json({{"roleName", "Looks at people"},
                                                              {"allowedScopes", {"GLOBAL"}},
                                                              {"permissionKeys", {"people:person:view"}}}));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  d.assigned(d.assignment(user.user_id, "Looks at people"));
  auto decision = [&] { return pos.decision(user.user_id, "people:person:view"); };
  REQUIRE(decision() == "ALLOW");
  {
    // As by a server that lags behind: its numbers are lower than those already seen.
    pqxx::work tx{server.db()};
    tx.exec("UPDATE security.role SET permission_keys = '{}', version = version + 1 WHERE role_id = '" +
            text_at(made, "/roleId") + "'");
    tx.exec("UPDATE people.company_change SET version = 0, changed_in = '3'");
    tx.commit();
  }
  CHECK(decision() == "ALLOW");
  pqxx::nontransaction{server.db()}.exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
      "application_name = 'musterd housekeeping'");
  CHECK(becomes_true(patience, [&] { return decision() == "DENY"; }));
}

}  // namespace musterd::testing
