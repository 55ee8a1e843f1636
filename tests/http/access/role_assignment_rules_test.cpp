#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <barrier>
#include <thread>

/// Story 89: its error flows, what never changes, and who wins.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

const std::string path = "/api/people/role-assignments";

http_answer patch(visitor& who, const std::string& id, const boost::json::object& changes,
                  const std::string& if_match = {}) {
  http_message message = body(changes);
  if (!if_match.empty())
    message.headers["If-Match"] = if_match;
  return who.http.send("PATCH", path + "/" + id, message);
}

}  // namespace

TEST_CASE("role assignments: an unknown user, role or shop is 404; so is another company's [S89-F1 D-19]") {
  desk d;
  auto ann = d.user();
  auto foreign_user =
      text_of(d.server.db(), "SELECT user_id FROM security.app_user WHERE username = 'rival.owner'");
  auto with = [&](const char* field, const std::string& id) {
    auto wanted = d.assignment(ann.user_id, "MANAGER", demo_shop);
    wanted[field] = id;
    return d.assign(wanted);
  };
  check_error(with("userId", nobody), 404, "USER_NOT_FOUND");
  check_error(with("userId", foreign_user), 404, "USER_NOT_FOUND");
  check_error(with("roleId", nobody), 404, "ROLE_NOT_FOUND");
  check_error(with("locationId", nobody), 404, "LOCATION_NOT_FOUND");
  check_error(with("locationId", rival_shop), 404, "LOCATION_NOT_FOUND");
  check_error(d.admin->http.get(path + "/" + nobody), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(d.patch(nobody, {{"effectiveEndDate", tomorrow}, {"version", 1}}), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(d.end(nobody), 404, "ASSIGNMENT_NOT_FOUND");
  auto foreign = text_of(d.server.db(), fmt::format("SELECT assignment_id FROM people.role_assignment WHERE "
                                                    "tenant_id = '{}'",
                                                    rival_tenant));
  check_error(d.admin->http.get(path + "/" + foreign), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(d.end(foreign), 404, "ASSIGNMENT_NOT_FOUND");
  auto ours = d.assigned(d.assignment(ann.user_id, "MANAGER", demo_shop));
  auto rita = d.server.signed_in("rival.owner");
  check_error(rita->http.get(path + "/" + ours), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(rita->http.post(path + "/" + ours + "/end", "{}"), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(rita->http.post(path, json(d.assignment(ann.user_id, "MANAGER", demo_shop))), 404,
              "USER_NOT_FOUND");
  check_error(rita->http.get(path + "?userId=" + ann.user_id), 404, "USER_NOT_FOUND");
}

TEST_CASE(
    "role assignments: an end before the start, made or changed; an empty window is allowed [S89-F4 D-18]") {
  desk d;
  auto ann = d.user();
  auto wanted = d.assignment(ann.user_id, "MANAGER", demo_shop);
  wanted["effectiveEndDate"] = from_now(-25h);
  auto refused = d.assign(wanted);
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(refused) == std::set<std::string>{"effectiveEndDate"});
  wanted["effectiveStartDate"] = tomorrow;
  wanted["effectiveEndDate"] = from_now(48h);
  auto id = d.assigned(wanted);
  auto changed = d.patch(id, {{"effectiveEndDate", yesterday}, {"version", 1}});
  check_error(changed, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(changed) == std::set<std::string>{"effectiveEndDate"});
  CHECK(d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 1}}).status == 200);
  // It ended before it began, and does not come back.
  check_error(d.patch(id, {{"effectiveEndDate", from_now(48h)}, {"version", 2}}), 409, "ASSIGNMENT_ENDED");
  wanted["effectiveEndDate"] = tomorrow;
  d.assigned(wanted);
}

TEST_CASE("role assignments: who is not an admin may not touch assignments [S89-F5 G-AUTH-3]") {
  desk d;
  auto ann = d.user();
  auto wanted = d.assignment(ann.user_id, "MECHANIC", demo_shop);
  auto id = d.assigned(wanted);
  auto mechanic = d.server.new_mechanic();
  check_error(mechanic->http.post(path, json(wanted)), 403, "ACCESS_DENIED", "Access Denied");
  check_error(mechanic->http.get(path), 403, "ACCESS_DENIED", "Access Denied");
  check_error(mechanic->http.get(path + "/" + id), 403, "ACCESS_DENIED", "Access Denied");
  check_error(patch(*mechanic, id, {{"effectiveEndDate", tomorrow}, {"version", 1}}), 403, "ACCESS_DENIED");
  check_error(mechanic->http.post(path + "/" + id + "/end", "{}"), 403, "ACCESS_DENIED", "Access Denied");
  // An auditor may only see them.
  auto auditor = d.server.signed_in("demo.auditor");
  CHECK(auditor->http.get(path + "/" + id).status == 200);
  check_error(auditor->http.post(path, json(wanted)), 403, "ACCESS_DENIED");
}

TEST_CASE("role assignments: all that is wrong with a request is named at once [S89-R2 S89-R5 D-12]") {
  desk d;
  auto refused =
      d.admin->http.post(path, R"({"userId":"x","scopeType":"PLANET","colour":"red","reasonCode":1})");
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(refused) ==
        std::set<std::string>{"userId", "roleId", "scopeType", "effectiveStartDate", "colour", "reasonCode"});
  auto wanted = d.assignment(nobody, "MANAGER", demo_shop);
  wanted["reasonCode"] = std::string(65, 'x');
  check_error(d.assign(wanted), 400, "VALIDATION_FAILED");
}

TEST_CASE("role assignments: the end moves forth and back, with the version [S89-F8 S89-F12 S89-F13 D-10]") {
  desk d;
  auto ann = d.user();
  auto id = d.assigned(d.assignment(ann.user_id, "MANAGER", demo_shop));
  auto without = d.patch(id, {{"effectiveEndDate", tomorrow}});
  check_error(without, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(without) == std::set<std::string>{"version"});
  auto first = d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 1}, {"reasonCode", "TRIAL"}});
  REQUIRE(first.status == 200);
  CHECK(first.header("etag") == "\"2\"");
  CHECK(text_at(first, "/effectiveEndDate") == tomorrow);
  CHECK(text_at(first, "/reasonCode") == "TRIAL");
  CHECK(text_at(first, "/changedBy") == d.admin->user_id);
  check_error(d.patch(id, {{"effectiveEndDate", from_now(48h)}, {"version", 1}}), 409, "VERSION_CONFLICT");
  check_error(patch(*d.admin, id, {{"effectiveEndDate", from_now(48h)}}, "\"1\""), 412,
              "PRECONDITION_FAILED");
  check_error(patch(*d.admin, id, {{"effectiveEndDate", from_now(48h)}}, "two"), 400, "VALIDATION_FAILED");
  CHECK(patch(*d.admin, id, {{"effectiveEndDate", from_now(48h)}}, "\"2\"").status == 200);
  auto modified = d.audit(ann.user_id, "RoleAssignmentModified");
  REQUIRE(modified.size() == 2);
  CHECK(text_at(modified[0], "/details/beforeState/effectiveEndDate") == "null");
  CHECK(text_at(modified[0], "/details/afterState/effectiveEndDate") == tomorrow);
  CHECK(text_at(modified[0], "/reason_code") == "TRIAL");

  // An end in the past is a revocation, and what is over stays over.
  CHECK(d.patch(id, {{"effectiveEndDate", from_now(-1h)}, {"version", 3}}).status == 200);
  CHECK(d.audit(ann.user_id, "RoleAssignmentEnded").size() == 1);
  check_error(d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 4}}), 409, "ASSIGNMENT_ENDED");
  check_error(d.end(id), 409, "ASSIGNMENT_ENDED");
}

TEST_CASE("role assignments: user, role and scope never change, and no row is deleted [S89-R6 S89-R9 D-17]") {
  desk d;
  auto ann = d.user();
  auto id = d.assigned(d.assignment(ann.user_id, "MANAGER", demo_shop));
  for (const auto* field : {"userId", "roleId", "scopeType", "locationId", "effectiveStartDate"}) {
    CAPTURE(field);
    auto refused = d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 1}, {field, nobody}});
    check_error(refused, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(refused) == std::set<std::string>{field});
  }
  check_error(d.admin->http.send("DELETE", path + "/" + id), 405, "METHOD_NOT_ALLOWED");
  auto before = json_of(d.admin->http.get(path + "/" + id));
  for (const auto& sql :
       {fmt::format("DELETE FROM people.role_assignment WHERE assignment_id = '{}'", id),
        fmt::format("UPDATE people.role_assignment SET user_id = '{}' WHERE assignment_id = '{}'",
                    d.admin->user_id, id),
        fmt::format("UPDATE people.role_assignment SET role_id = '{}' WHERE assignment_id = '{}'",
                    d.role("HR"), id),
        fmt::format("UPDATE people.role_assignment SET scope_type = 'GLOBAL', location_id = NULL "
                    "WHERE assignment_id = '{}'",
                    id),
        fmt::format("UPDATE people.role_assignment SET location_id = '{}' WHERE assignment_id = '{}'",
                    chicago_shop, id)}) {
    CAPTURE(sql);
    CHECK_THROWS_AS(pqxx::nontransaction{d.server.db()}.exec(sql), pqxx::sql_error);
  }
  CHECK(json_of(d.admin->http.get(path + "/" + id)) == before);
}

TEST_CASE("role assignments: of two admins who edit at once one wins, the other is told [S89-F12]") {
  desk d;
  auto ann = d.user();
  for (int round = 0; round < 5; ++round) {
    auto id = d.assigned(d.assignment(ann.user_id, "MANAGER", demo_shop));
    auto owner = d.server.signed_in("demo.owner");
    std::barrier ready{2};
    std::array<http_answer, 2> answers;
    auto edit = [&](visitor& who, int i) {
      ready.arrive_and_wait();
      answers[static_cast<std::size_t>(i)] =
          patch(who, id, {{"effectiveEndDate", from_now((24h) * (i + 1))}, {"version", 1}});
    };
    {
      std::jthread one{[&] { edit(*d.admin, 0); }}, other{[&] { edit(*owner, 1); }};
    }
    auto lost = answers[0].status == 200 ? 1u : 0u;
    CHECK(answers[1 - lost].status == 200);
    check_error(answers[lost], 409, "VERSION_CONFLICT");
    CHECK(text_at(d.admin->http.get(path + "/" + id), "/version") == "2");
  }
}

TEST_CASE(
    "role assignments: an end is taken away again with null, and left out it is missed [S89-F8 S89-R5]") {
  desk d;
  auto ann = d.user();
  auto id = d.assigned(d.assignment(ann.user_id, "MANAGER"));
  REQUIRE(d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 1}}).status == 200);
  auto missed = d.patch(id, {{"version", 2}});
  check_error(missed, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(missed) == std::set<std::string>{"effectiveEndDate"});
  auto freed = d.patch(id, {{"effectiveEndDate", nullptr}, {"version", 2}});
  REQUIRE(freed.status == 200);
  CHECK(text_at(freed, "/effectiveEndDate") == "null");
  CHECK(text_at(freed, "/version") == "3");
  CHECK(text_of(d.server.db(),
                fmt::format("SELECT count(*) FROM people.role_assignment WHERE assignment_id = '{}' "
                            "AND effective_end_date IS NULL",
                            id)) == "1");
  auto modified = d.audit(ann.user_id, "RoleAssignmentModified");
  REQUIRE(modified.size() == 2);
  CHECK(text_at(modified[1], "/details/beforeState/effectiveEndDate") == tomorrow);
  CHECK(text_at(modified[1], "/details/afterState/effectiveEndDate") == "null");
}

TEST_CASE("role assignments: a grant whose scope the role has lost can be ended and not prolonged [S89-R7]") {
  desk d;
  auto name = "Both " + to_string(uuid::generate());
  auto made = d.admin->http.post(
      "/api/security/roles",
      json({{"roleName", name}, {"allowedScopes", boost::json::array{"GLOBAL", "LOCATION"}}}));
  REQUIRE(made.status == 201);
  auto ann = d.user();
  auto id = d.assigned(d.assignment(ann.user_id, name)), other = d.assigned(d.assignment(ann.user_id, name));
  REQUIRE(d.patch(id, {{"effectiveEndDate", from_now(48h)}, {"version", 1}}).status == 200);
  auto narrowed =
      d.admin->http.send("PATCH", "/api/security/roles/" + text_at(made, "/roleId"),
                         body({{"allowedScopes", boost::json::array{"LOCATION"}}, {"version", 1}}));
  REQUIRE(narrowed.status == 200);
  for (const auto& later : boost::json::array{from_now(72h), nullptr})
    check_error(d.patch(id, {{"effectiveEndDate", later}, {"version", 2}}), 400, "VALIDATION_FAILED",
                "Role " + name + " does not allow GLOBAL scope. Allowed scopes: [LOCATION]");
  CHECK(d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 2}}).status == 200);
  CHECK(d.patch(id, {{"effectiveEndDate", from_now(-1h)}, {"version", 3}}).status == 200);
  CHECK(d.patch(other, {{"effectiveEndDate", tomorrow}, {"version", 1}}).status == 200);
  CHECK(d.end(other).status == 200);
}

TEST_CASE("role assignment metrics: calls by outcome [S89-F16 G-MET-6 G-MET-9 D-91]") {
  desk d;
  auto ann = d.user();
  auto before = d.metrics();
  auto id = d.assigned(d.assignment(ann.user_id, "MANAGER", demo_shop));
  d.assign(d.assignment(ann.user_id, "MECHANIC"));
  d.patch(id, {{"effectiveEndDate", tomorrow}, {"version", 1}});
  d.end(id);
  d.end(id);
  auto after = d.metrics();
  auto rise = [&](const char* labels) {
    auto sample = fmt::format("security_principal_role_mutations_total{{{}}}", labels);
    return metric(after, sample) - metric(before, sample);
  };
  CHECK(rise(R"(outcome="success",type="assign")") == 1);
  CHECK(rise(R"(outcome="failure",type="assign")") == 1);
  CHECK(rise(R"(outcome="success",type="change")") == 1);
  CHECK(rise(R"(outcome="success",type="revoke")") == 1);
  CHECK(rise(R"(outcome="failure",type="revoke")") == 1);
  CHECK(after.find(ann.user_id) == std::string::npos);
}

TEST_CASE(
    "role assignment metrics: assignments in force by role and scope, from the start [S89-F15 S89-F17]") {
  company_server server;
  auto in_force = [&](const char* role, const char* scope) {
    return static_cast<double>(number_of(
        server.db(),
        fmt::format(
            "SELECT count(*) FROM people.role_assignment JOIN security.role r USING (tenant_id, "
            "role_id) WHERE r.role_name = '{}' AND scope_type = '{}' AND effective_start_date <= now() "
            "AND (effective_end_date IS NULL OR effective_end_date > now())",
            role, scope)));
  };
  CHECK(in_force("MECHANIC", "LOCATION") > 10);
  for (auto [role, scope] : {std::pair{"MECHANIC", "LOCATION"}, {"OWNER", "GLOBAL"}, {"MANAGER", "GLOBAL"}}) {
    auto sample = fmt::format(R"(role_assignments_active{{role="{}",scope="{}"}})", role, scope);
    CAPTURE(sample);
    CHECK(becomes_true(patience, [&] {
      return metric(server.client().get("/metrics").body, sample) == in_force(role, scope);
    }));
  }
}

}  // namespace musterd::testing
