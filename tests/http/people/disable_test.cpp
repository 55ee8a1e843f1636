#include "tests/http/people/leavers.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Story 90, "Disable User (Offboarding) Without Losing History": access and assignments.
namespace musterd::testing {
namespace {

std::string user_path(const std::string& user_id, const std::string& verb) {
  return "/api/people/users/" + user_id + "/" + verb;
}

}  // namespace

TEST_CASE(
    "offboarding: a successful deactivation revokes access [S90-AC1 S90-F2 S90-F5a S90-F5b S90-F13 D-22]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto answer = s.disable(jane.user_id, {{"statusReasonCode", "RESIGNATION"}});
  REQUIRE(answer.status == 200);
  CHECK(text_at(answer, "/user/status") == "DISABLED");
  CHECK(text_at(answer, "/person/status") == "DISABLED");
  CHECK(text_at(answer, "/user/statusReasonCode") == "RESIGNATION");
  auto at = text_at(answer, "/user/statusEffectiveAt");
  CHECK(text_at(answer, "/person/statusEffectiveAt") == at);
  CHECK(text_at(answer, "/case/effectiveAt") == at);
  auto shown = s.at_desk.admin->http.get("/api/security/users/" + jane.user_id);
  CHECK(text_at(shown, "/status") == "DISABLED");
  CHECK(text_at(shown, "/statusEffectiveAt") == at);
  CHECK(text_of(s.server.db(), fmt::format("SELECT status FROM people.person WHERE person_id = '{}'",
                                           jane.person_id)) == "DISABLED");
}

TEST_CASE("offboarding: a disabled user cannot authenticate even while the saga is pending [S90-AC2 S90-R1 "
          "S90-F6 S90-F12 D-26]") {
  auto& s = shared_leavers();
  in_mood silent{s.workshop, workshop::mood::silent};
  auto who = s.at_desk.user(true);
  auto jane = s.server.signed_in(who.username, first_password);
  auto case_id = s.disabled(who.user_id);
  check_error(s.server.sign_in(who.username, first_password), 403, "ACCOUNT_DISABLED",
              "User account is disabled");
  check_error(jane->http.get("/api/security/me"), 403, "ACCOUNT_DISABLED", "User account is disabled");
  auto refreshed =
      s.server.client().post("/api/security/auth/refresh", json({{"refreshToken", jane->tokens.refresh}}));
  check_error(refreshed, 403, "ACCOUNT_DISABLED", "User account is disabled");
  CHECK(text_at(s.case_of(case_id), "/state") != "COMPLETED");
}

TEST_CASE("offboarding: all assignments end at once by default [S90-AC4 S90-R2 S90-R3 S90-R7 S90-F5c]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto role = s.at_desk.assigned(s.at_desk.assignment(jane.user_id, "MECHANIC", demo_shop));
  auto placed =
      s.at_desk.admin->http.post("/api/people/location-assignments", json({{"personId", jane.person_id},
                                                                           {"locationId", demo_shop},
                                                                           {"role", "MECHANIC"},
                                                                           {"isPrimary", true},
                                                                           {"effectiveStartAt", yesterday}}));
  REQUIRE(placed.status == 201);
  auto answer = s.disable(jane.user_id);
  auto at = text_at(answer, "/user/statusEffectiveAt");
  auto& http = s.at_desk.admin->http;
  CHECK(text_at(http.get("/api/people/role-assignments/" + role), "/effectiveEndDate") == at);
  CHECK(text_at(http.get("/api/people/location-assignments/" + text_at(placed, "/assignment/assignmentId")),
                "/effectiveEndAt") == at);
  auto case_id = text_at(answer, "/case/caseId");
  for (const auto* type : {"END_LOCATION_ASSIGNMENTS", "END_ROLE_ASSIGNMENTS"})
    CHECK(text_at(s.command(case_id, type), "/state") == "SUCCEEDED");
}

TEST_CASE("offboarding: assignments end at the date the admin selects [S90-AC4 S90-F4]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto role = s.at_desk.assigned(s.at_desk.assignment(jane.user_id, "MECHANIC", demo_shop));
  auto how = boost::json::object{{"assignmentTermination", "END_ASSIGNMENTS_AT_DATE"},
                                 {"endAssignmentsAt", tomorrow}};
  s.disabled(jane.user_id, how);
  auto shown = s.at_desk.admin->http.get("/api/people/role-assignments/" + role);
  CHECK(text_at(shown, "/effectiveEndDate") == tomorrow);
}

TEST_CASE(
    "offboarding: assignments stay where policy and reason and permission allow it [S90-AC4 S90-R7 S90-F4]") {
  auto& s = shared_leavers();
  auto keep = boost::json::object{{"assignmentTermination", "LEAVE_ASSIGNMENTS_ACTIVE"},
                                  {"statusReasonCode", "LEAVE_OF_ABSENCE"}};
  auto jane = s.at_desk.user();
  auto role = s.at_desk.assigned(s.at_desk.assignment(jane.user_id, "MECHANIC", demo_shop));
  auto adam = s.server.signed_in("demo.admin");  // an ADMIN may not
  check_error(adam->http.post(user_path(jane.user_id, "disable"), json(keep)), 403, "ACCESS_DENIED",
              "Access Denied");
  auto who = s.at_desk.user(true);
  s.at_desk.assigned(s.at_desk.assignment(who.user_id, "GLOBAL_ADMIN"));
  auto boss = s.server.signed_in(who.username, first_password);
  auto other = keep;
  other["statusReasonCode"] = "RESIGNATION";
  check_error(boss->http.post(user_path(jane.user_id, "disable"), json(other)), 409,
              "KEEP_ASSIGNMENTS_NOT_ALLOWED");
  auto options = boss->http.get(user_path(jane.user_id, "disable-options"));
  CHECK(json_of(options).at("options").as_array().size() == 3);
  CHECK(boss->http.post(user_path(jane.user_id, "disable"), json(keep)).status == 200);
  auto shown = s.at_desk.admin->http.get("/api/people/role-assignments/" + role);
  CHECK(text_at(shown, "/effectiveEndDate") == "null");
}

TEST_CASE("offboarding: a deactivation is audited in the story's words [S90-AC5 S90-F18]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto answer = s.disable(jane.user_id, {{"statusReasonCode", "SECURITY"}});
  auto entries = s.at_desk.audit(jane.user_id, "user.disabled");
  REQUIRE(entries.size() == 1);
  const auto& entry = entries[0];
  CHECK(text_at(entry, "/actor_id") == s.at_desk.admin->user_id);
  CHECK(text_at(entry, "/reason_code") == "SECURITY");
  auto details = entry.at("details");
  CHECK(text_at(details, "/timestamp") == text_at(answer, "/user/statusEffectiveAt"));
  CHECK(text_at(details, "/actor/type") == "Admin");
  CHECK(text_at(details, "/actor/id") == s.at_desk.admin->user_id);
  CHECK(text_at(details, "/subject/type") == "User");
  CHECK(text_at(details, "/subject/id") == jane.user_id);
  CHECK(text_at(details, "/subject/personId") == jane.person_id);
  CHECK(text_at(details, "/subject/status") == "DISABLED");
  CHECK(text_at(details, "/subject/statusReasonCode") == "SECURITY");
  CHECK(text_at(details, "/outcome") == "success");
}

TEST_CASE("offboarding: a disabled user is not among the technicians who can be given work [S90-AC6 S90-R5 "
          "S90-F7 D-23]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto& admin = s.at_desk.admin->http;
  boost::json::object placed{{"personId", jane.person_id},
                             {"locationId", los_angeles_shop},
                             {"role", "MECHANIC"},
                             {"isPrimary", true},
                             {"effectiveStartAt", yesterday}};
  REQUIRE(admin.post("/api/people/location-assignments", json(placed)).status == 201);
  auto is_listed = [&](const std::string& at) {
    auto path =
        "/api/workexec/technicians/available?pageSize=100&locationId=" + std::string{los_angeles_shop} +
        "&at=" + at;
    return admin.get(path).body.find(jane.person_id) != std::string::npos;
  };
  auto now = from_now({});
  CHECK(is_listed(now));
  // Even where the assignment goes on: a user who cannot come in gets no work.
  s.disabled(jane.user_id,
             {{"assignmentTermination", "END_ASSIGNMENTS_AT_DATE"}, {"endAssignmentsAt", tomorrow}});
  CHECK_FALSE(is_listed(now));
  CHECK_FALSE(is_listed(from_now(std::chrono::hours{1})));
}

TEST_CASE("offboarding metrics: every failed attempt is counted, whoever refused it [S90-F20]") {
  auto& s = shared_leavers();
  auto failures = [&] {
    return metric(s.server.client().get("/metrics").body, "user_deactivation_failure_total");
  };
  REQUIRE(s.comes_to_rest());  // failed attempts of other tests' commands would count, too
  auto before = failures();
  auto jane = s.at_desk.user();
  auto ann = s.at_desk.visitor_without_roles();
  CHECK(ann->http.post(user_path(jane.user_id, "disable"), "{}").status == 403);
  CHECK(s.disable(nobody).status == 404);
  CHECK(s.disable(jane.user_id, {{"why", "so"}}).status == 400);
  CHECK(s.disable(s.at_desk.admin->user_id).status == 409);
  CHECK(failures() - before == 4);
}

TEST_CASE("offboarding: the error flows word for word [S90-F9 S90-F10 S90-F11 S90-F32 D-26]") {
  auto& s = shared_leavers();
  check_error(s.disable(nobody), 404, "USER_NOT_FOUND", "User not found");
  auto jane = s.at_desk.user();
  auto ann = s.at_desk.visitor_without_roles();
  check_error(ann->http.post(user_path(jane.user_id, "disable"), "{}"), 403, "ACCESS_DENIED",
              "Access Denied");
  s.disabled(jane.user_id);
  check_error(s.disable(jane.user_id), 409, "USER_ALREADY_DISABLED", "User is already disabled");
  auto options = s.at_desk.admin->http.get(user_path(jane.user_id, "disable-options"));
  CHECK(text_at(options, "/canDisable") == "false");
  CHECK(text_at(options, "/reasons/0/code") == "USER_ALREADY_DISABLED");
  auto terminated = s.at_desk.admin->http.post(user_path(jane.user_id, "terminate"), "{}");
  CHECK(text_at(terminated, "/user/status") == "TERMINATED");
  check_error(s.disable(jane.user_id), 409, "USER_ALREADY_DISABLED", "User is already disabled");
}

TEST_CASE("offboarding: what makes no sense is refused and changes nothing [D-12]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  auto at_date = [](const std::string& date) {
    boost::json::object result{{"assignmentTermination", "END_ASSIGNMENTS_AT_DATE"}};
    if (!date.empty())
      result["endAssignmentsAt"] = date;
    return result;
  };
  check_error(s.disable(jane.user_id, at_date("")), 400, "VALIDATION_FAILED");
  check_error(s.disable(jane.user_id, at_date(yesterday)), 400, "VALIDATION_FAILED");
  check_error(s.disable(jane.user_id, {{"endAssignmentsAt", tomorrow}}), 400, "VALIDATION_FAILED");
  check_error(s.disable(jane.user_id, {{"assignmentTermination", "WHENEVER"}}), 400, "VALIDATION_FAILED");
  check_error(s.disable(jane.user_id, {{"why", "so"}}), 400, "VALIDATION_FAILED");
  auto unknown = s.disable(jane.user_id, {{"statusReasonCode", "BECAUSE"}});
  check_error(unknown, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(unknown) == std::set<std::string>{"statusReasonCode"});
  check_error(s.disable("everybody"), 400, "VALIDATION_FAILED");
  check_error(s.disable(s.at_desk.admin->user_id), 409, "CANNOT_DISABLE_SELF");
  auto rival = s.server.signed_in("rival.owner");
  check_error(rival->http.post(user_path(jane.user_id, "disable"), "{}"), 404, "USER_NOT_FOUND",
              "User not found");
  CHECK(text_at(s.at_desk.admin->http.get("/api/security/users/" + jane.user_id), "/version") == "1");
}

TEST_CASE("offboarding: an enabled user comes in again and a terminated one never [S90-R6 D-25]") {
  auto& s = shared_leavers();
  auto who = s.at_desk.user(true);
  auto& admin = s.at_desk.admin->http;
  check_error(admin.post(user_path(who.user_id, "enable"), "{}"), 409, "USER_NOT_DISABLED");
  s.disabled(who.user_id);
  auto enabled = admin.post(user_path(who.user_id, "enable"), "{}");
  CHECK(enabled.status == 200);
  CHECK(text_at(enabled, "/user/status") == "ACTIVE");
  CHECK(text_at(enabled, "/person/status") == "ACTIVE");
  CHECK(s.server.sign_in(who.username, first_password).status == 200);
  auto terminated = admin.post(user_path(who.user_id, "terminate"), "{}");
  CHECK(terminated.status == 200);
  CHECK(text_at(terminated, "/case/kind") == "TERMINATE");
  check_error(admin.post(user_path(who.user_id, "enable"), "{}"), 409, "USER_TERMINATED");
  check_error(admin.post(user_path(who.user_id, "terminate"), "{}"), 409, "USER_ALREADY_TERMINATED");
  check_error(s.server.sign_in(who.username, first_password), 403, "ACCOUNT_DISABLED");
  CHECK(s.at_desk.audit(who.user_id, "user.enabled").size() == 1);
  CHECK(becomes_true(patience, [&] { return s.at_desk.audit(who.user_id, "user.terminated").size() == 2; }));
  auto terminations = s.at_desk.audit(who.user_id, "user.terminated");
  CHECK(text_at(terminations[0], "/outcome") == "SUCCESS");
  CHECK(text_at(terminations[1], "/outcome") == "FAILURE");  // the second, of a user already terminated
}

TEST_CASE("offboarding: a deactivation that cannot be audited has not happened [S90-AC5 S90-F5a]") {
  company_server server;
  desk d{server};
  auto jane = d.user();
  pqxx::nontransaction{server.db()}.exec("ALTER TABLE audit.entry ADD CONSTRAINT nothing_disabled CHECK "
                                         "(event_type <> 'user.disabled') NOT VALID");
  check_error(d.admin->http.post(user_path(jane.user_id, "disable"), "{}"), 500, "CONSTRAINT_VIOLATED");
  CHECK(text_at(d.admin->http.get("/api/security/users/" + jane.user_id), "/status") == "ACTIVE");
  CHECK(number_of(server.db(), "SELECT count(*) FROM people.offboarding_case") == 0);
  CHECK(number_of(server.db(), "SELECT count(*) FROM messaging.outbox WHERE event_type = 'user.disabled'") ==
        0);
}

TEST_CASE("offboarding: the same Idempotency-Key disables once and answers twice [D-8]") {
  auto& s = shared_leavers();
  auto jane = s.at_desk.user();
  http_message message{{{"Idempotency-Key", to_string(uuid::generate())}}, "{}"};
  auto& admin = s.at_desk.admin->http;
  auto first = admin.send("POST", user_path(jane.user_id, "disable"), message);
  auto second = admin.send("POST", user_path(jane.user_id, "disable"), message);
  CHECK(first.status == 200);
  CHECK(second.status == 200);
  CHECK(second.header("idempotency-replayed") == "true");
  CHECK(first.body == second.body);
}

}  // namespace musterd::testing
