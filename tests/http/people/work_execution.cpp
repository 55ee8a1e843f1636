#include "tests/http/people/work_execution.hpp"

#include "common/text/uuid.hpp"

namespace musterd::testing {
namespace {

/// Before its queue is there, what is published to it is lost.
const std::string& served(const std::string& amqp_url) {
  REQUIRE(becomes_true(patience, [&] { return broker_link{amqp_url}.depth(stop_queue).has_value(); }));
  return amqp_url;
}

}  // namespace

offboarding::offboarding(const std::string& amqp_url)
    : broker_{served(amqp_url)}, tap_{amqp_url, "workexec.events"} {}

void offboarding::stop(const std::string& person_id, const std::string& stop_at) {
  case_id = to_string(uuid::generate());
  command_id = to_string(uuid::generate());
  say(person_id, {{"caseId", case_id},
                  {"commandId", command_id},
                  {"personId", person_id},
                  {"stopAt", stop_at},
                  {"reason", "USER_DISABLED"},
                  {"attempt", 1}});
}

void offboarding::say(const std::string& person_id, boost::json::object payload) {
  boost::json::object command{{"eventId", to_string(uuid::generate())},    {"eventType", "StopJobTimers"},
                              {"occurredAt", to_string(wall_clock_now())}, {"tenantId", demo_tenant},
                              {"correlationId", "stop-" + person_id},      {"payload", std::move(payload)}};
  // The queue may be there before it is bound.
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
