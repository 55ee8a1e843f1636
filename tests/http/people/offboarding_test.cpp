#include "tests/http/people/leavers.hpp"

#include "tests/http/operations/event_tap.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Story 90: what is wound down once access is gone, and what an operator can do when that fails.
namespace musterd::testing {
namespace {

std::string metrics_of(leavers& s) {
  return s.server.client().get("/metrics").body;
}

std::int64_t count(leavers& s, const std::string& from_where) {
  return number_of(s.server.db(), "SELECT count(*) FROM " + from_where);
}

}  // namespace

TEST_CASE(
    "offboarding: active work is stopped as of the deactivation [S90-AC3 S90-R2 S90-R4 S90-F5d S90-F16]") {
  auto& s = shared_leavers();
  auto who = s.at_desk.user(true);
  s.at_desk.assigned(s.at_desk.assignment(who.user_id, "MECHANIC", demo_shop));
  auto jane = s.server.signed_in(who.username, first_password);
  REQUIRE(jane->clock_in().status == 201);
  REQUIRE(jane->start_break().status == 201);
  auto answer = s.disable(who.user_id);
  auto at = text_at(answer, "/user/statusEffectiveAt");
  auto case_id = text_at(answer, "/case/caseId");
  REQUIRE(s.becomes(case_id, "COMPLETED"));
  auto asked = s.workshop.asked(case_id);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].at("stopAt").as_string() == at);
  CHECK(asked[0].at("personId").as_string() == who.person_id);
  CHECK(asked[0].at("reason").as_string() == "USER_DISABLED");
  auto closed = fmt::format("people.clock_session WHERE person_id = '{}' AND status = 'CLOSED' AND "
                            "clock_out_at = '{}' AND forced_stop_reason = 'USER_DISABLED'",
                            who.person_id, at);
  CHECK(count(s, closed) == 1);
  auto ended = fmt::format("people.break_record WHERE mechanic_id = '{}' AND end_time = '{}' AND "
                           "forced_stop_reason = 'USER_DISABLED'",
                           who.person_id, at);
  CHECK(count(s, ended) == 1);
}

TEST_CASE(
    "offboarding: a command that fails enters the retry queue and succeeds later [S90-AC3 S90-F12 S90-F21]") {
  auto& s = shared_leavers();
  auto retries_before = metric(metrics_of(s), "user_deactivation_saga_retry_total");
  std::string case_id;
  {
    in_mood closed{s.workshop, workshop::mood::refuses};
    case_id = s.disabled(s.at_desk.user().user_id);
    REQUIRE(s.command_becomes(case_id, stop_timers, "RETRYING"));
    CHECK(text_at(s.command(case_id, stop_timers), "/lastError") == "The workshop is closed.");
    CHECK(has(s.command(case_id, stop_timers), "/nextAttemptAt"));
  }
  CHECK(s.becomes(case_id, "COMPLETED"));
  CHECK(s.workshop.asked(case_id).size() >= 2);
  CHECK(metric(metrics_of(s), "user_deactivation_saga_retry_total") > retries_before);
}

TEST_CASE("offboarding: when the window is over the command is a dead letter and operators are told [S90-AC7 "
          "S90-F17 S90-F22 D-89]") {
  auto& s = shared_leavers();
  event_tap alerts{s.broker.url(), "ops.alerts"};
  auto dead_before = metric(metrics_of(s), "user_deactivation_saga_dlq_total");
  in_mood closed{s.workshop, workshop::mood::refuses};
  auto case_id = s.disabled(s.at_desk.user().user_id);
  REQUIRE(s.becomes(case_id, "REQUIRES_MANUAL_INTERVENTION"));
  auto command = s.command(case_id, stop_timers);
  CHECK(text_at(command, "/state") == "REQUIRES_MANUAL_INTERVENTION");
  auto id = text_at(command, "/commandId");
  CHECK(count(s, fmt::format("messaging.alert WHERE type = 'OFFBOARDING_CRITICAL' AND severity = 'CRITICAL' "
                             "AND details->>'commandId' = '{}'",
                             id)) == 1);
  CHECK(metric(metrics_of(s), "user_deactivation_saga_dlq_total") > dead_before);
  auto alert_id = text_of(s.server.db(), fmt::format("SELECT alert_id FROM messaging.alert WHERE "
                                                     "details->>'commandId' = '{}'",
                                                     id));
  auto told = alerts.take(alert_id, 1);
  REQUIRE(told.size() == 1);
  CHECK(told[0].routing_key == "ops.alert.critical.v1");
  CHECK(text_at(told[0].body, "/payload/type") == "OFFBOARDING_CRITICAL");
  CHECK(s.at_desk.audit(case_id, "OFFBOARDING_COMMAND_DEAD_LETTERED").size() == 1);
  // In the broker's dead-letter queue, too.
  CHECK(s.open_letter(case_id) != "");
  CHECK(s.dead_letter_queue_shows_open_letters());
}

TEST_CASE("offboarding: an operator runs a dead command again to success [S90-AC8 S90-F17]") {
  auto& s = shared_leavers();
  std::string case_id;
  {
    in_mood closed{s.workshop, workshop::mood::refuses};
    case_id = s.disabled(s.at_desk.user().user_id);
    REQUIRE(s.becomes(case_id, "REQUIRES_MANUAL_INTERVENTION"));
  }
  auto answer = s.operate(case_id, "retry");
  CHECK(answer.status == 200);
  CHECK(text_at(answer, "/state") == "IN_PROGRESS");
  CHECK(s.becomes(case_id, "COMPLETED"));
  CHECK(s.at_desk.audit(case_id, "OFFBOARDING_COMMAND_RETRY_REQUESTED").size() == 1);
  check_error(s.operate(case_id, "retry"), 409, "COMMAND_FINISHED");
}

TEST_CASE("offboarding: an operator accepts the risk with an audited justification [S90-AC8]") {
  auto& s = shared_leavers();
  in_mood closed{s.workshop, workshop::mood::refuses};
  auto case_id = s.disabled(s.at_desk.user().user_id);
  REQUIRE(s.becomes(case_id, "REQUIRES_MANUAL_INTERVENTION"));
  for (const auto* nothing : {"", "   "})
    check_error(s.operate(case_id, "accept-risk", {{"justification", nothing}}), 400, "VALIDATION_FAILED");
  check_error(s.operate(case_id, "accept-risk"), 400, "VALIDATION_FAILED");
  auto why = "The tablet was returned; nothing can run on it.";
  CHECK(s.operate(case_id, "accept-risk", {{"justification", why}}).status == 200);
  CHECK(text_at(s.case_of(case_id), "/state") == "COMPLETED");
  auto entries = s.at_desk.audit(case_id, "OFFBOARDING_RISK_ACCEPTED");
  REQUIRE(entries.size() == 1);
  auto shown = s.at_desk.admin->http.get("/api/audit/entries?eventType=OFFBOARDING_RISK_ACCEPTED&subjectId=" +
                                         case_id);
  CHECK(text_at(shown, "/items/0/payload/justification") == why);
  CHECK(text_at(entries[0], "/actor_id") == s.at_desk.admin->user_id);
}

TEST_CASE("offboarding: an operator pauses and resumes and exports [S90-AC8]") {
  auto& s = shared_leavers();
  std::string case_id;
  {
    in_mood closed{s.workshop, workshop::mood::refuses};
    case_id = s.disabled(s.at_desk.user().user_id);
    REQUIRE(s.command_becomes(case_id, stop_timers, "RETRYING"));
    CHECK(s.operate(case_id, "pause").status == 200);
    check_error(s.operate(case_id, "accept-risk", {{"justification", 7}}), 400, "VALIDATION_FAILED");
  }
  CHECK(text_at(s.command(case_id, stop_timers), "/state") == "PAUSED");
  CHECK(s.operate(case_id, "resume").status == 200);
  REQUIRE(s.becomes(case_id, "COMPLETED"));
  auto& admin = s.at_desk.admin->http;
  auto path = "/api/people/offboarding-cases/" + case_id + "/export";
  auto exported = admin.get(path);
  CHECK(exported.header("content-disposition").find("offboarding-" + case_id + ".json") != std::string::npos);
  std::set<std::string> happened;
  auto document = json_of(exported);
  for (const auto& line : document.at("history").as_array())
    happened.insert(text_at(line, "/what"));
  for (const auto* what : {"OPENED", "ATTEMPTED", "FAILED", "PAUSED", "RESUMED", "SUCCEEDED"})
    CHECK_MESSAGE(happened.contains(what), what);
  auto csv = admin.get(path + "?format=csv");
  CHECK(csv.header("content-type") == "text/csv; charset=utf-8");
  CHECK(csv.body.starts_with("entryId,caseId,commandId,what,attempt,happenedAt,actor,detail\r\n"));
  CHECK(csv.body.find("PAUSED") != std::string::npos);
  check_error(admin.get(path + "?format=pdf"), 400, "VALIDATION_FAILED");
}

TEST_CASE("offboarding: an answer that comes late or twice or after the dead letter is handled") {
  auto& s = shared_leavers();
  in_mood silent{s.workshop, workshop::mood::silent};
  auto case_id = s.disabled(s.at_desk.user().user_id);
  REQUIRE(s.command_becomes(case_id, stop_timers, "RETRYING"));  // no answer within a second
  CHECK(text_at(s.command(case_id, stop_timers), "/lastError") == "No answer within 1s.");
  REQUIRE(s.becomes(case_id, "REQUIRES_MANUAL_INTERVENTION"));
  auto first = s.workshop.asked(case_id).front();
  s.workshop.answer(first, true);
  s.workshop.answer(first, true);
  s.workshop.answer(first, false);
  CHECK(s.becomes(case_id, "COMPLETED"));
  auto done = s.case_of(case_id);
  // Another case's answer, behind them in the queue, shows that all of them were consumed.
  s.workshop.be(workshop::mood::stops);
  CHECK(s.becomes(s.disabled(s.at_desk.user().user_id), "COMPLETED"));
  CHECK(s.case_of(case_id) == done);
}

TEST_CASE("offboarding: a server that is killed goes on with its cases where they were") {
  auto& s = shared_leavers();
  std::string case_id;
  {
    in_mood closed{s.workshop, workshop::mood::refuses};
    case_id = s.disabled(s.at_desk.user().user_id);
    REQUIRE(s.command_becomes(case_id, stop_timers, "RETRYING"));
    s.server.process().kill();
  }
  // The lease of the one that was killed has to run out first, which takes longer than these retries last.
  s.server.process().set("MUSTERD_OFFBOARDING_RETRY_WINDOW", "1m");
  s.server.process().start();
  s.server.process().wait_until_ready(patience);
  CHECK(s.becomes(case_id, "COMPLETED"));
  s.server.process().set("MUSTERD_OFFBOARDING_RETRY_WINDOW", leavers::retry_window);
  s.server.restart();
}

TEST_CASE("offboarding: the first command on a new broker is not lost") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  desk d{server};
  auto jane = d.user();
  auto case_id =
      text_at(d.admin->http.post("/api/people/users/" + jane.user_id + "/disable", "{}"), "/case/caseId");
  auto path = "/api/people/offboarding-cases/" + case_id;
  // A lost one would be requested again after half a minute.
  REQUIRE(becomes_true(patience, [&] { return text_at(d.admin->http.get(path), "/state") == "COMPLETED"; }));
  auto done = json_of(d.admin->http.get(path));
  for (const auto& command : done.at("commands").as_array())
    CHECK(text_at(command, "/attempts") == "1");
}

TEST_CASE("offboarding: cases are listed by state and user and kept from others") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto case_id = s.disabled(jane.user_id);
  REQUIRE(s.becomes(case_id, "COMPLETED"));
  auto& admin = s.at_desk.admin->http;
  const std::string path = "/api/people/offboarding-cases";
  auto own = json_of(admin.get(path + "?userId=" + jane.user_id + "&state=COMPLETED"));
  REQUIRE(text_at(own, "/totalCount") == "1");
  CHECK(text_at(own, "/items/0/caseId") == case_id);
  CHECK(own.at("items").at(0).at("commands").as_array().size() == 4);
  CHECK(text_at(admin.get(path + "?userId=" + jane.user_id + "&state=IN_PROGRESS"), "/totalCount") == "0");
  check_error(admin.get(path + "?state=LOST"), 400, "VALIDATION_FAILED");
  check_error(admin.get(path + "/" + nobody), 404, "OFFBOARDING_CASE_NOT_FOUND");
  auto command = path + "/" + nobody + "/commands/" + nobody + "/retry";
  check_error(admin.post(command, "{}"), 404, "OFFBOARDING_CASE_NOT_FOUND");
  check_error(admin.post(path + "/" + case_id + "/commands/" + nobody + "/retry", "{}"), 404,
              "COMMAND_NOT_FOUND");
  auto rival = s.server.signed_in("rival.owner");
  check_error(rival->http.get(path + "/" + case_id), 404, "OFFBOARDING_CASE_NOT_FOUND");
  CHECK(text_at(rival->http.get(path), "/totalCount") == "0");
  auto hr = s.at_desk.user(true);
  s.at_desk.assigned(s.at_desk.assignment(hr.user_id, "HR"));
  auto viewer = s.server.signed_in(hr.username, first_password);
  CHECK(viewer->http.get(path + "/" + case_id).status == 200);
  check_error(viewer->http.post(path + "/" + case_id + "/commands/" + nobody + "/retry", "{}"), 403,
              "ACCESS_DENIED");
}

TEST_CASE("offboarding: what disabling tells the others [S90-F5e D-79]") {
  auto& s = shared_leavers();
  event_tap tap{s.broker.url(), "people.events"};
  auto jane = s.at_desk.user();
  auto case_id = s.disabled(jane.user_id, {{"statusReasonCode", "RETIREMENT"}});
  auto told = tap.take(jane.user_id, 1);
  REQUIRE(told.size() == 1);
  CHECK(told[0].type == "user.disabled");
  CHECK(told[0].routing_key == "people.user.disabled.v1");
  CHECK(text_at(told[0].body, "/payload/personId") == jane.person_id);
  CHECK(text_at(told[0].body, "/payload/statusReasonCode") == "RETIREMENT");
  CHECK(text_at(told[0].body, "/payload/caseId") == case_id);
}

}  // namespace musterd::testing
