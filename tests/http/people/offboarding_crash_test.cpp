#include "tests/http/operations/own_broker.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// The saga, with the server dying before and after each commit, publish and acknowledgement. Every case must
/// end right, and nothing may happen twice.
namespace musterd::testing {
namespace {

/// A server with its own broker that can be made to die at a point, once.
class mortal_company {
 public:
  mortal_company() : server_{settings()}, desk_{server_} {}

  desk& at_desk() { return desk_; }
  company_server& server() { return server_; }

  /// A person at work: clocked in, on a break, with a running timer.
  newcomer busy_person() {
    auto who = desk_.user(true);
    desk_.assigned(desk_.assignment(who.user_id, "MECHANIC", demo_shop));
    auto jane = server_.signed_in(who.username, first_password);
    REQUIRE(jane->clock_in().status == 201);
    REQUIRE(jane->start_break().status == 201);
    REQUIRE(jane->http
                .post("/api/workexec/timers/start",
                      json({{"workOrderId", to_string(uuid::generate())}, {"locationId", demo_shop}}))
                .status == 201);
    return who;
  }

  void restart_with(const std::string& setting, const std::string& value) {
    server_.process().set(setting, value);
    server_.restart();
    desk_.admin = server_.signed_in("demo.owner");
  }
  /// Nothing of the round before is left to meet the point.
  void restart_dying_at(const std::string& point) {
    REQUIRE(becomes_true(
        patience, [&] { return number_of(server_.db(), "SELECT count(*) FROM messaging.outbox") == 0; }));
    restart_with("MUSTERD_TESTING_CRASH_AT", point);
  }
  /// For what is due by itself: it may die before it is ready.
  void restart_into_death_at(const std::string& point) {
    server_.process().set("MUSTERD_TESTING_CRASH_AT", point);
    server_.process().stop();
    server_.process().start();
  }
  /// Whether it died as told; it is restarted without the point.
  bool died_and_lives_on() {
    auto died = becomes_true(patience, [&] { return !server_.process().running(); });
    restart_with("MUSTERD_TESTING_CRASH_AT", "");
    return died;
  }
  /// Disables once, perhaps without an answer; `repeated` sends it again with the same key.
  void disable(const std::string& user_id) {
    http_message message{{{"Idempotency-Key", "leave-" + user_id}}, "{}"};
    auto path = "/api/people/users/" + user_id + "/disable";
    auto answer = desk_.admin->http.try_send("POST", path, message);
    CHECK((!answer || answer->status == 200));
    first_answer_ = answer.has_value();
    repeat_ = [this, path, message] { return desk_.admin->http.send("POST", path, message); };
  }
  http_answer repeated() { return repeat_(); }
  bool was_answered() const { return first_answer_; }

 private:
  std::map<std::string, std::string> settings() const {
    return {{"MUSTERD_AMQP_URL", broker_.url()},
            {"MUSTERD_OFFBOARDING_RETRY_DELAYS", "2s"},
            {"MUSTERD_OFFBOARDING_ANSWER_WITHIN", "3s"}};
  }
  own_broker broker_;
  company_server server_;
  desk desk_;
  bool first_answer_ = false;
  std::function<http_answer()> repeat_;
};

mortal_company& company() {
  shared_server();
  static mortal_company only;
  return only;
}

std::int64_t count(const std::string& from_where) {
  return number_of(company().server().db(), "SELECT count(*) FROM " + from_where);
}

void check_ended_right(const newcomer& who, const std::string& case_id) {
  auto path = "/api/people/offboarding-cases/" + case_id;
  auto& http = company().at_desk().admin->http;
  CHECK(becomes_true(patience, [&] { return text_at(http.get(path), "/state") == "COMPLETED"; }));
  auto shown = json_of(http.get(path));
  for (const auto& command : shown.at("commands").as_array())
    CHECK(text_at(command, "/state") == "SUCCEEDED");
  CHECK(count(fmt::format("people.offboarding_case WHERE user_id = '{}'", who.user_id)) == 1);
  CHECK(count(fmt::format("security.app_user WHERE user_id = '{}' AND status = 'DISABLED' AND version = 2",
                          who.user_id)) == 1);
  // Each effect once: versions count changes, the trail counts decisions.
  auto at = text_at(shown, "/effectiveAt");
  CHECK(count(fmt::format("people.clock_session WHERE person_id = '{}' AND status = 'CLOSED' AND version = 2 "
                          "AND clock_out_at = '{}'",
                          who.person_id, at)) == 1);
  CHECK(count(fmt::format("people.break_record WHERE mechanic_id = '{}' AND status = 'COMPLETED' AND version "
                          "= 2",
                          who.person_id)) == 1);
  CHECK(
      count(fmt::format("workexec.job_timer WHERE technician_id = '{}' AND status = 'STOPPED' AND version = "
                        "2 AND end_time = '{}'",
                        who.person_id, at)) == 1);
  CHECK(count(fmt::format("audit.entry WHERE event_type = 'user.disabled' AND subject_id = '{}'",
                          who.user_id)) == 1);
  CHECK(count(fmt::format("people.offboarding_history WHERE case_id = '{}' AND what = 'SUCCEEDED'",
                          case_id)) == 4);
}

}  // namespace

TEST_CASE("offboarding crash: the server dies at every step and each case ends right, each effect once") {
  for (const char* point : {"disable_user:before-commit",         "disable_user:after-commit",
                            "StopJobTimers:before-publish",       "StopJobTimers:after-publish",
                            "StopJobTimers:after-confirm",        "force_clock_out:before-commit",
                            "force_clock_out:after-commit",       "force_stop_job_timers:before-commit",
                            "force_stop_job_timers:after-commit", "job_timer_stopper:before-commit",
                            "job_timer_stopper:after-commit",     "JobTimersStopped:before-publish",
                            "JobTimersStopped:after-publish",     "JobTimersStopped:after-confirm",
                            "report_command:before-commit",       "report_command:after-commit",
                            "offboarding_answers:before-commit",  "offboarding_answers:after-commit",
                            "user.disabled:before-publish",       "user.disabled:after-publish"}) {
    CAPTURE(point);
    auto& c = company();
    auto who = c.busy_person();
    c.restart_dying_at(point);
    c.disable(who.user_id);
    CHECK(c.died_and_lives_on());
    auto again = c.repeated();
    REQUIRE(again.status == 200);
    if (c.was_answered())
      CHECK(again.header("idempotency-replayed") == "true");
    check_ended_right(who, text_at(again, "/case/caseId"));
  }
}

TEST_CASE("offboarding crash: the server dies while it retries what failed") {
  for (const char* point : {"run_due_command:before-commit", "run_due_command:after-commit"}) {
    CAPTURE(point);
    auto& c = company();
    auto who = c.busy_person();
    c.restart_with("MUSTERD_WORKEXEC_MODE", "failing");
    c.disable(who.user_id);
    auto case_id = text_at(c.repeated(), "/case/caseId");
    REQUIRE(becomes_true(patience, [&] {
      return count(fmt::format("people.offboarding_command WHERE case_id = '{}' AND state = 'RETRYING'",
                               case_id)) == 1;
    }));
    c.server().process().set("MUSTERD_WORKEXEC_MODE", "builtin");
    c.restart_into_death_at(point);
    CHECK(c.died_and_lives_on());
    check_ended_right(who, case_id);
  }
}

}  // namespace musterd::testing
