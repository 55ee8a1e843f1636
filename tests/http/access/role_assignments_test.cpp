#include "tests/http/operations/event_tap.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Story 89, "Assign Roles and Scopes": its acceptance criteria, over HTTP.
namespace musterd::testing {
namespace {

constexpr auto record = "timekeeping:timecard:record";
const std::string path = "/api/people/role-assignments";

/// The row as JSON, without the tenant.
boost::json::value stored(const std::string& assignment_id) {
  return boost::json::parse(text_of(
      shared_server().db(), fmt::format("SELECT to_jsonb(a) - 'tenant_id' FROM people.role_assignment a "
                                        "WHERE assignment_id = '{}' AND tenant_id = '{}'",
                                        assignment_id, demo_tenant)));
}

std::int64_t assignments_of(const std::string& user_id) {
  return number_of(shared_server().db(),
                   fmt::format("SELECT count(*) FROM people.role_assignment WHERE user_id = '{}'", user_id));
}

}  // namespace

TEST_CASE("role assignments: a GLOBAL role is assigned [S89-AC1 S89-R4 S89-F6 S89-F11]") {
  desk d;
  auto ann = d.user();
  auto made = d.assign(d.assignment(ann.user_id, "ACCOUNTING"));
  REQUIRE(made.status == 201);
  CHECK(made.header("etag") == "\"1\"");
  std::set<std::string> fields;
  auto shape = json_of(made);
  for (const auto& [name, unused] : shape.as_object())
    fields.insert(std::string{name});
  CHECK(fields == std::set<std::string>{"assignmentId", "userId", "roleId", "scopeType", "locationId",
                                        "effectiveStartDate", "effectiveEndDate", "createdAt", "updatedAt",
                                        "changedBy", "reasonCode", "version"});
  CHECK(text_at(made, "/userId") == ann.user_id);
  CHECK(text_at(made, "/roleId") == d.role("ACCOUNTING"));
  CHECK(text_at(made, "/scopeType") == "GLOBAL");
  CHECK(text_at(made, "/locationId") == "null");
  CHECK(text_at(made, "/effectiveStartDate") == yesterday);
  CHECK(text_at(made, "/effectiveEndDate") == "null");
  CHECK(text_at(made, "/changedBy") == d.admin->user_id);
  CHECK(text_at(made, "/createdAt") == text_at(made, "/updatedAt"));
  CHECK(text_at(made, "/version") == "1");
  auto row = stored(text_at(made, "/assignmentId"));
  CHECK(text_at(row, "/user_id") == ann.user_id);
  CHECK(text_at(row, "/role_id") == d.role("ACCOUNTING"));
  CHECK(text_at(row, "/scope_type") == "GLOBAL");
  CHECK(text_at(row, "/location_id") == "null");
  auto shown = d.admin->http.get(path + "/" + text_at(made, "/assignmentId"));
  CHECK(shown.status == 200);
  CHECK(json_of(shown) == json_of(made));
  CHECK(shown.header("etag") == "\"1\"");
}

TEST_CASE("role assignments: a role is assigned at one shop [S89-AC2 S89-R2]") {
  desk d;
  auto ann = d.user();
  auto made = d.assign(d.assignment(ann.user_id, "MANAGER", chicago_shop));
  REQUIRE(made.status == 201);
  CHECK(text_at(made, "/scopeType") == "LOCATION");
  CHECK(text_at(made, "/locationId") == chicago_shop);
  auto row = stored(text_at(made, "/assignmentId"));
  CHECK(text_at(row, "/user_id") == ann.user_id);
  CHECK(text_at(row, "/role_id") == d.role("MANAGER"));
  CHECK(text_at(row, "/scope_type") == "LOCATION");
  CHECK(text_at(row, "/location_id") == chicago_shop);
}

TEST_CASE("role assignments: LOCATION needs a shop, GLOBAL takes none [S89-AC3 S89-F2 S89-R3 S89-R4]") {
  desk d;
  auto ann = d.user();
  auto wanted = d.assignment(ann.user_id, "MANAGER");
  wanted["scopeType"] = "LOCATION";
  auto without = d.assign(wanted);
  check_error(without, 400, "VALIDATION_FAILED", "`locationId` is required when scopeType is LOCATION.");
  CHECK(wrong_fields(without) == std::set<std::string>{"locationId"});
  wanted["locationId"] = nullptr;
  CHECK(d.assign(wanted).status == 400);
  wanted["scopeType"] = "GLOBAL";
  wanted["locationId"] = demo_shop;
  auto with = d.assign(wanted);
  check_error(with, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(with) == std::set<std::string>{"locationId"});
  CHECK(assignments_of(ann.user_id) == 0);
}

TEST_CASE("role assignments: a scope that the role does not allow [S89-AC4 S89-F3]") {
  desk d;
  auto ann = d.user();
  auto everywhere = d.assign(d.assignment(ann.user_id, "MECHANIC"));
  check_error(everywhere, 400, "VALIDATION_FAILED",
              "Role MECHANIC does not allow GLOBAL scope. Allowed scopes: [LOCATION]");
  CHECK(text_at(everywhere, "/fieldErrors/0/field") == "scopeType");
  check_error(d.assign(d.assignment(ann.user_id, "OWNER", demo_shop)), 400, "VALIDATION_FAILED",
              "Role OWNER does not allow LOCATION scope. Allowed scopes: [GLOBAL]");
  CHECK(assignments_of(ann.user_id) == 0);
}

TEST_CASE("role assignments: the scopes of every default role are those of the story [S89-R1 S89-R7 D-20]") {
  desk d;
  auto ann = d.user();
  const std::map<std::string, std::pair<bool, bool>> allowed{
      {"OWNER", {true, false}},      {"ADMIN", {true, false}},          {"GLOBAL_ADMIN", {true, false}},
      {"AUDITOR", {true, false}},    {"ACCOUNTING", {true, false}},     {"SECURITY_ADMIN", {true, false}},
      {"MECHANIC", {false, true}},   {"SERVICE_WRITER", {false, true}}, {"ADVISOR", {false, true}},
      {"DISPATCHER", {false, true}}, {"SHOP_MANAGER", {false, true}},   {"MANAGER", {true, true}},
      {"INVENTORY", {true, true}},   {"REPORTING", {true, true}},       {"HR", {true, true}},
      {"READ_ONLY", {true, true}}};
  for (const auto& [name, scopes] : allowed) {
    CAPTURE(name);
    REQUIRE(!d.role(name).empty());
    CHECK(d.assign(d.assignment(ann.user_id, name)).status == (scopes.first ? 201 : 400));
    CHECK(d.assign(d.assignment(ann.user_id, name, demo_shop)).status == (scopes.second ? 201 : 400));
  }
}

TEST_CASE("role assignments: who holds the role from yesterday to tomorrow has it today [S89-AC5]") {
  desk d;
  service pos;
  auto ann = d.user();
  auto wanted = d.assignment(ann.user_id, "MECHANIC", demo_shop);
  wanted["effectiveEndDate"] = tomorrow;
  auto id = d.assigned(wanted);
  auto answer = pos.decide(ann.user_id, record, demo_shop);
  CHECK(answer.status == 200);
  CHECK(text_at(answer, "/decision") == "ALLOW");
  CHECK(text_at(answer, "/reason") == "GRANTED");
  CHECK(text_at(answer, "/matchedAssignmentIds/0") == id);
  auto listed = json_of(d.admin->http.get(path + "?userId=" + ann.user_id));
  CHECK(text_at(listed, "/items/0/assignmentId") == id);
}

TEST_CASE("role assignments: who held the role until yesterday does not have it today [S89-AC6]") {
  desk d;
  service pos;
  auto ann = d.user();
  auto wanted = d.assignment(ann.user_id, "MECHANIC", demo_shop);
  wanted["effectiveStartDate"] = from_now(std::chrono::hours{-48});
  wanted["effectiveEndDate"] = yesterday;
  REQUIRE(d.assign(wanted).status == 201);
  auto answer = pos.decide(ann.user_id, record, demo_shop);
  CHECK(text_at(answer, "/decision") == "DENY");
  CHECK(text_at(answer, "/reason") == "EXPIRED");
  auto listed = json_of(d.admin->http.get(path + "?userId=" + ann.user_id));
  CHECK(text_at(listed, "/totalCount") == "0");
}

TEST_CASE("role assignments: several assignments give their union, each in its scope [S89-AC7 S89-R8 D-37]") {
  desk d;
  service pos;
  auto ann = d.user(true);
  d.assigned(d.assignment(ann.user_id, "MANAGER", demo_shop));
  auto approve = "timekeeping:time_entry:approve", decide = "security:authorization:decide";
  CHECK(pos.decision(ann.user_id, approve, demo_shop) == "ALLOW");
  CHECK(pos.decision(ann.user_id, approve, chicago_shop) == "DENY");
  CHECK(pos.decision(ann.user_id, approve) == "DENY");
  CHECK(pos.decision(ann.user_id, decide, demo_shop) == "DENY");
  d.assigned(d.assignment(ann.user_id, "GLOBAL_ADMIN"));
  for (const auto* shop : {demo_shop, chicago_shop, ""}) {
    CHECK(pos.decision(ann.user_id, approve, shop) == "ALLOW");
    CHECK(pos.decision(ann.user_id, decide, shop) == "ALLOW");
  }
  auto both = json_of(pos.decide(ann.user_id, approve, demo_shop));
  CHECK(both.at("matchedAssignmentIds").as_array().size() == 2);
  auto me = json_of(d.server.signed_in(ann.username, first_password)->http.get("/api/security/me"));
  CHECK(me.at("roles").as_array().size() == 2);
  CHECK(has(me, fmt::format("/permissions/byLocation/{}", demo_shop)));
}

TEST_CASE("role assignments: RoleAssignmentCreated goes to the audit trail and to the broker [S89-AC8 "
          "S89-F13 S89-F14 G-AUD-6 D-80]") {
  desk d;
  auto ann = d.user();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
  auto wanted = d.assignment(ann.user_id, "MANAGER", demo_shop);
  wanted["reasonCode"] = "PROMOTED";
  auto made =
      d.admin->http.send("POST", path, {{{"X-Correlation-Id", "grant-" + ann.user_id}}, json(wanted)});
  REQUIRE(made.status == 201);

  auto messages = tap.take(ann.user_id, 1);
  REQUIRE(messages.size() == 1);
  const auto& m = messages[0];
  CHECK(m.routing_key == "people.RoleAssignmentChanged.v1");
  CHECK(m.type == "RoleAssignmentChanged");
  CHECK(m.correlation_id == "grant-" + ann.user_id);
  CHECK(m.delivery_mode == 2);
  CHECK(text_at(m.body, "/eventId") == m.message_id);
  CHECK(text_at(m.body, "/eventType") == "RoleAssignmentChanged");
  CHECK(text_at(m.body, "/tenantId") == demo_tenant);
  CHECK(text_at(m.body, "/occurredAt") == text_at(made, "/createdAt"));
  CHECK(text_at(m.body, "/payload/changeType") == "RoleAssignmentCreated");
  CHECK(text_at(m.body, "/payload/actorId") == d.admin->user_id);
  CHECK(text_at(m.body, "/payload/actorType") == "USER");
  CHECK(text_at(m.body, "/payload/subjectId") == ann.user_id);
  CHECK(text_at(m.body, "/payload/beforeState") == "null");
  CHECK(text_at(m.body, "/payload/reasonCode") == "PROMOTED");
  CHECK(m.body.at("payload").at("afterState") == json_of(made));

  auto entries = d.audit(ann.user_id, "RoleAssignmentCreated");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/actor_id") == d.admin->user_id);
  CHECK(text_at(entries[0], "/actor_type") == "USER");
  CHECK(text_at(entries[0], "/subject_type") == "User");
  CHECK(text_at(entries[0], "/category") == "SECURITY");
  CHECK(text_at(entries[0], "/outcome") == "SUCCESS");
  CHECK(text_at(entries[0], "/reason_code") == "PROMOTED");
  CHECK(text_at(entries[0], "/location_id") == demo_shop);
  CHECK(text_at(entries[0], "/correlation_id") == "grant-" + ann.user_id);
  CHECK(text_at(entries[0], "/details/beforeState") == "null");
  CHECK(entries[0].at("details").at("afterState") == json_of(made));
}

TEST_CASE("role assignments: ending an assignment keeps its row, takes the permission, says so [S89-AC9 "
          "S89-R9 S89-F9 S89-F13]") {
  desk d;
  service pos;
  auto ann = d.user();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
  auto made = d.assign(d.assignment(ann.user_id, "MECHANIC", demo_shop));
  auto id = text_at(made, "/assignmentId");
  REQUIRE(pos.decision(ann.user_id, record, demo_shop) == "ALLOW");
  auto ended = d.end(id, {{"reasonCode", "LEFT_SHOP"}});
  REQUIRE(ended.status == 200);
  CHECK(ended.header("etag") == "\"2\"");
  CHECK(text_at(ended, "/version") == "2");
  CHECK(text_at(ended, "/reasonCode") == "LEFT_SHOP");
  auto end = text_at(ended, "/effectiveEndDate");
  CHECK(end == text_at(ended, "/updatedAt"));
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "DENY");
  CHECK(parse_timestamp(text_at(stored(id), "/effective_end_date")) == parse_timestamp(end));

  auto messages = tap.take(ann.user_id, 2);
  REQUIRE(messages.size() == 2);
  const auto& payload = messages[1].body.at("payload");
  CHECK(text_at(payload, "/changeType") == "RoleAssignmentEnded");
  CHECK(text_at(payload, "/actorId") == d.admin->user_id);
  CHECK(text_at(payload, "/subjectId") == ann.user_id);
  CHECK(text_at(payload, "/reasonCode") == "LEFT_SHOP");
  CHECK(payload.at("beforeState") == json_of(made));
  CHECK(payload.at("afterState") == json_of(ended));
  auto entries = d.audit(ann.user_id, "RoleAssignmentEnded");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/reason_code") == "LEFT_SHOP");
  CHECK(entries[0].at("details").at("beforeState") == json_of(made));
  CHECK(entries[0].at("details").at("afterState") == json_of(ended));
  check_error(d.end(id), 409, "ASSIGNMENT_ENDED");
}

TEST_CASE("role assignments: an end in the past, in the future, and of what has not begun [S89-AC9 S89-F9]") {
  desk d;
  service pos;
  auto ann = d.user();
  auto past = d.end(d.assigned(d.assignment(ann.user_id, "MECHANIC", demo_shop)),
                    {{"effectiveEndDate", from_now(std::chrono::hours{-1})}});
  CHECK(past.status == 200);
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "DENY");
  CHECK(pos.decision(ann.user_id, record, demo_shop, from_now(std::chrono::hours{-2})) == "ALLOW");
  auto later = d.assigned(d.assignment(ann.user_id, "MECHANIC", demo_shop));
  CHECK(d.end(later, {{"effectiveEndDate", tomorrow}}).status == 200);
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "ALLOW");
  CHECK(pos.decision(ann.user_id, record, demo_shop, tomorrow) == "DENY");
  auto extended = d.end(later, {{"effectiveEndDate", from_now(std::chrono::hours{48})}});
  check_error(extended, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(extended) == std::set<std::string>{"effectiveEndDate"});
  auto wanted = d.assignment(ann.user_id, "MECHANIC", chicago_shop);
  wanted["effectiveStartDate"] = tomorrow;
  auto never = d.end(d.assigned(wanted));
  CHECK(text_at(never, "/effectiveEndDate") == tomorrow);
  CHECK(pos.decision(ann.user_id, record, chicago_shop, tomorrow) == "DENY");
  check_error(d.end(later, {{"effectiveEndDate", from_now(std::chrono::hours{-48})}}), 400,
              "VALIDATION_FAILED");
}

}  // namespace musterd::testing
