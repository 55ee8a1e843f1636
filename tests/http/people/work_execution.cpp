#include "tests/http/people/work_execution.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

/// Until its queue exists, anything published to it is lost.
const std::string& served(const std::string& amqp_url) {
  REQUIRE(becomes_true(patience, [&] { return broker_link{amqp_url}.depth(stop_queue).has_value(); }));
  return amqp_url;
}

}  // namespace

offboarding::offboarding(company_server& at, const std::string& amqp_url)
    : server_{at}, broker_{served(amqp_url)}, tap_{amqp_url, "workexec.events"} {}

void offboarding::stop(const std::string& person_id, const std::string& stop_at) {
  open(person_id, stop_at);
  say(person_id, command(person_id, stop_at));
}

void offboarding::open(const std::string& person_id, const std::string& effective_at) {
  case_id = to_string(uuid::generate());
  command_id = to_string(uuid::generate());
  pqxx::work tx{server_.db()};
  tx.exec(fmt::format("INSERT INTO people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, "
                      "state, effective_at, "
                      "assignment_termination, opened_by, correlation_id, opened_at, version) SELECT "
                      "tenant_id, '{}', user_id, "
                      "person_id, 'DISABLE', 'IN_PROGRESS', '{}', 'LEAVE_ASSIGNMENTS_ACTIVE', user_id, "
                      "'stage', now(), 1 FROM "
                      "security.app_user WHERE tenant_id = '{}' AND person_id = '{}'",
                      case_id, effective_at, demo_tenant, person_id));
  tx.exec(fmt::format("INSERT INTO people.offboarding_command (tenant_id, command_id, case_id, command_type, "
                      "state, attempts, "
                      "failures, last_attempt_at, due_at, version) VALUES ('{}', '{}', '{}', "
                      "'STOP_JOB_TIMERS', 'IN_PROGRESS', "
                      "1, 0, now(), now() + interval '1 hour', 1)",
                      demo_tenant, command_id, case_id));
  tx.commit();
}

boost::json::object offboarding::command(const std::string& person_id, const std::string& stop_at) const {
  return {{"caseId", case_id}, {"commandId", command_id},   {"personId", person_id},
          {"stopAt", stop_at}, {"reason", "USER_DISABLED"}, {"attempt", 1}};
}

void offboarding::say(const std::string& person_id, boost::json::object payload) {
  boost::json::object command{{"eventId", to_string(uuid::generate())},    {"eventType", "StopJobTimers"},
                              {"occurredAt", to_string(wall_clock_now())}, {"tenantId", demo_tenant},
                              {"correlationId", "stop-" + person_id},      {"payload", std::move(payload)}};
  // The queue may exist before it is bound.
  REQUIRE(becomes_true(patience, [&] {
    return broker_.publish("workexec.commands", "workexec.stop_job_timers.v1", person_id, json(command));
  }));
}

tapped_message offboarding::answer(const std::string& person_id) {
  for (;;) {
    auto next = tap_.take(person_id, 1);
    REQUIRE(next.size() == 1);
    if (next[0].type == "JobTimersStopped" || next[0].type == "JobTimersStopFailed")
      return next[0];
  }
}

}  // namespace musterd::testing
