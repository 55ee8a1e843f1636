#include "tests/http/servers/second_server.hpp"

/// A server learns of a role made or changed at another from its next poll, seconds later; it decides nothing
/// by what it did not know (docs/decisions/0054).
namespace musterd::testing {
namespace {

/// demo.owner at both servers, and a SECURITY_ADMIN who is awake at the second.
struct two_servers_and_sam {
  company_server first;
  second_server second{first};
  desk d{first};
  http_client owner_there{second.process.url(), patience}, sam_there{second.process.url(), patience};
  boost::json::array all_keys;
  int made = 0;

  two_servers_and_sam() {
    auto sam = d.user(true);
    d.assigned(d.assignment(sam.user_id, "SECURITY_ADMIN"));
    sam_there.use_token(text_at(second.sign_in(sam.username, first_password), "/accessToken"));
    owner_there.use_token(
        text_at(second.sign_in("demo.owner", first.password_of("demo.owner")), "/accessToken"));
    REQUIRE(sam_there.get("/api/security/users").status == 200);
    // Signing in there changed the owner's record, which is awake here.
    REQUIRE(becomes_true(patience, [&] { return asked_for_role({}).status == 201; }));
    all_keys =
        json_of(d.admin->http.get("/api/security/roles/" + d.role("OWNER"))).at("permissionKeys").as_array();
  }

  http_answer asked_for_role(const boost::json::array& keys) {
    return d.admin->http.post("/api/security/roles", json({{"roleName", "BOSS " + std::to_string(++made)},
                                                           {"allowedScopes", {"GLOBAL"}},
                                                           {"permissionKeys", keys}}));
  }
  /// The id of a role made at the first server.
  std::string boss_role(const boost::json::array& keys) {
    auto role = asked_for_role(keys);
    REQUIRE_MESSAGE(role.status == 201, role.body);
    return text_at(role, "/roleId");
  }
  /// Assigns a role; returns the answer.
  http_answer given(const newcomer& who, const std::string& role_id) {
    return d.admin->http.post("/api/people/role-assignments", json({{"userId", who.user_id},
                                                                    {"roleId", role_id},
                                                                    {"scopeType", "GLOBAL"},
                                                                    {"effectiveStartDate", yesterday}}));
  }
};

/// What a SECURITY_ADMIN may do to users who hold no more than they do.
struct way_to_the_boss {
  const char* what;
  const char* method;
  std::string (*path)(const std::string& user_id, const std::string& assignment_id);
  boost::json::object said;
};

const std::vector<way_to_the_boss> all_ways{
    {"password",
     "POST",
     [](auto& user, auto&) { return "/api/security/users/" + user + "/password"; },
     {{"password", "a sudden purple walrus 77"}}},
    {"disable", "POST", [](auto& user, auto&) { return "/api/people/users/" + user + "/disable"; }, {}},
    {"end", "POST", [](auto&, auto& held) { return "/api/people/role-assignments/" + held + "/end"; }, {}},
    {"shorten",
     "PATCH",
     [](auto&, auto& held) { return "/api/people/role-assignments/" + held; },
     {{"effectiveEndDate", tomorrow}, {"version", 1}}},
};

}  // namespace

TEST_CASE_FIXTURE(
    two_servers_and_sam,
    "Two servers on one database: a role of the last seconds protects its holder at the other") {
  for (const auto& way : all_ways) {
    CAPTURE(way.what);
    auto xena = d.user(true);
    auto held = given(xena, boss_role(all_keys));
    REQUIRE_MESSAGE(held.status == 201, held.body);
    check_error(
        sam_there.send(way.method, way.path(xena.user_id, text_at(held, "/assignmentId")), body(way.said)),
        403, "EXCEEDS_OWN_AUTHORITY");
  }
}

TEST_CASE_FIXTURE(
    two_servers_and_sam,
    "Two servers on one database: a role that got its keys in the last seconds protects its holder "
    "at the other") {
  for (const auto& way : all_ways) {
    CAPTURE(way.what);
    auto xena = d.user(true);
    auto role = boss_role({});
    auto held = given(xena, role);
    // Known there from now on, without its keys.
    REQUIRE(owner_there.send("PATCH", "/api/security/roles/" + role, body({{"description", "Harmless"}}))
                .status == 200);
    REQUIRE(
        d.admin->http
            .send("PUT", "/api/security/roles/" + role + "/permissions", body({{"permissionKeys", all_keys}}))
            .status == 200);
    check_error(
        sam_there.send(way.method, way.path(xena.user_id, text_at(held, "/assignmentId")), body(way.said)),
        403, "EXCEEDS_OWN_AUTHORITY");
  }
}

TEST_CASE_FIXTURE(
    two_servers_and_sam,
    "Two servers on one database: the last owner by a role of the last seconds does not go at the "
    "other, and it is assigned there at once") {
  auto next = d.user(true);
  auto assigned = owner_there.post("/api/people/role-assignments", json({{"userId", next.user_id},
                                                                         {"roleId", boss_role(all_keys)},
                                                                         {"scopeType", "GLOBAL"},
                                                                         {"effectiveStartDate", yesterday},
                                                                         {"effectiveEndDate", tomorrow}}));
  CHECK_MESSAGE(assigned.status == 201, assigned.body);
  auto xena = d.user(true);
  pqxx::nontransaction{first.db()}.exec(
      "UPDATE security.app_user SET status = 'DISABLED' WHERE user_id NOT IN ('" + xena.user_id + "', '" +
      d.admin->user_id + "')");
  auto held = given(xena, boss_role(all_keys));
  auto own = text_at(d.admin->http.get("/api/people/role-assignments?userId=" + d.admin->user_id),
                     "/items/0/assignmentId");
  REQUIRE(d.end(own, {{"effectiveEndDate", tomorrow}}).status == 200);
  auto of_xena = text_at(held, "/assignmentId");
  http_answer answer;  // 503 until the change of the owner's own record is known there
  CHECK(becomes_true(patience, [&] {
    answer = owner_there.post("/api/people/role-assignments/" + of_xena + "/end", "{}");
    return answer.status != 503;
  }));
  check_error(answer, 409, "LAST_ADMIN");
}

}  // namespace musterd::testing
