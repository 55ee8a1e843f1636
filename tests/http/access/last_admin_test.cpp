#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <thread>

/// Story 90: a company must keep somebody who can let users in again.
namespace musterd::testing {
namespace {

/// A server without broker, where demo.owner alone manages users.
struct small_company {
  company_server server;
  desk d{server};

  small_company() {
    pqxx::nontransaction{server.db()}.exec(fmt::format(
        "UPDATE security.app_user SET status = 'DISABLED' WHERE tenant_id = '{}' AND user_id <> '{}'",
        demo_tenant, d.admin->user_id));
  }
  /// The name of a new role with these keys.
  std::string role_with(const boost::json::array& keys) {
    auto name = "R" + to_string(uuid::generate());
    auto made = d.admin->http.post(
        "/api/security/roles",
        json({{"roleName", name}, {"allowedScopes", {"GLOBAL"}}, {"permissionKeys", keys}}));
    REQUIRE(made.status == 201);
    return name;
  }
  std::unique_ptr<visitor> holder_of(const std::string& role) {
    auto who = d.user(true);
    d.assigned(d.assignment(who.user_id, role));
    return server.signed_in(who.username, first_password);
  }
};

http_answer disable(visitor& by, const std::string& user_id) {
  return by.http.post("/api/people/users/" + user_id + "/disable", "{}");
}

}  // namespace

TEST_CASE("offboarding: the last user who can manage users is not disabled [D-54]") {
  small_company c;
  auto remover = c.holder_of(
      c.role_with({"people:user:disable", "security:authority:any", "people:role_assignment:create",
                   "security:role_permission:grant"}));  // may not enable
  auto options = remover->http.get("/api/people/users/" + c.d.admin->user_id + "/disable-options");
  CHECK(text_at(options, "/canDisable") == "false");
  CHECK(text_at(options, "/reasons/0/code") == "LAST_ADMIN");
  check_error(disable(*remover, c.d.admin->user_id), 409, "LAST_ADMIN",
              "Nobody would be left who can manage users.");
  CHECK(c.d.admin->http.get("/api/security/me").status == 200);
  auto second = c.holder_of("SECURITY_ADMIN");
  CHECK(disable(*remover, c.d.admin->user_id).status == 200);
  check_error(disable(*remover, second->user_id), 409, "LAST_ADMIN");
}

TEST_CASE(
    "Security: nor does the last assignment end that makes somebody manage users, or get an end [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  check_error(c.d.end(own), 409, "LAST_ADMIN", "Nobody would be left who can manage users.");
  check_error(c.d.end(own, {{"effectiveEndDate", tomorrow}}), 409, "LAST_ADMIN");
  auto version = json_of(assignments).at("items").at(0).at("version");
  check_error(c.d.patch(own, {{"effectiveEndDate", tomorrow}, {"version", version}}), 409, "LAST_ADMIN");
  // A successor whose own right ends is not enough.
  auto temporary = c.d.user(true);
  auto until_tomorrow = c.d.assignment(temporary.user_id, "ADMIN");
  until_tomorrow["effectiveEndDate"] = tomorrow;
  auto ending = c.d.assigned(until_tomorrow);
  check_error(c.d.end(own), 409, "LAST_ADMIN");
  CHECK(c.d.end(ending).status == 200);
  c.holder_of("ADMIN");
  check_error(c.d.end(own), 409, "LAST_ADMIN", "Nobody would be left who may give everything.");
  c.holder_of("OWNER");
  CHECK(c.d.end(own).status == 200);
}

TEST_CASE("Security: whoever is kept out does not count as the one who is left, and may go themselves") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto second = c.d.user(true);
  auto of_second = c.d.assigned(c.d.assignment(second.user_id, "OWNER"));
  pqxx::nontransaction{c.server.db()}.exec(
      "UPDATE security.app_user SET status = 'DISABLED' WHERE user_id = '" + second.user_id + "'");
  check_error(c.d.end(own), 409, "LAST_ADMIN");
  CHECK(c.d.end(of_second).status == 200);
}

TEST_CASE("Security: a successor who begins in time lets somebody go, one who ends sooner does not") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto next = c.d.assignment(c.d.user(true).user_id, "OWNER");
  next["effectiveStartDate"] = tomorrow;
  c.d.assigned(next);
  check_error(c.d.end(own), 409, "LAST_ADMIN");
  CHECK(c.d.end(own, {{"effectiveEndDate", from_now(std::chrono::hours{48})}}).status == 200);
  // From here on the owner is temporary, and leaves no sooner than the next one comes.
  check_error(c.d.end(own), 409, "LAST_ADMIN");
}

TEST_CASE(
    "Security: nor is the permission taken from the last role that gives it, or the role its scope [D-54]") {
  small_company c;
  auto role = "/api/security/roles/" + c.d.role("OWNER");
  boost::json::array keys;
  auto owner = json_of(c.d.admin->http.get(role));
  for (const auto& key : owner.at("permissionKeys").as_array())
    if (key.as_string() != "people:user:enable")
      keys.push_back(key);
  check_error(c.d.admin->http.send("DELETE", role + "/permissions/people:user:enable", {}), 409,
              "LAST_ADMIN");
  check_error(c.d.admin->http.send("PUT", role + "/permissions", body({{"permissionKeys", keys}})), 409,
              "LAST_ADMIN");
  check_error(c.d.admin->http.send("PATCH", role, body({{"allowedScopes", {"LOCATION"}}})), 409,
              "LAST_ADMIN");
  c.holder_of("ADMIN");
  CHECK(c.d.admin->http.send("DELETE", role + "/permissions/people:user:enable", {}).status == 204);
}

TEST_CASE("Security: nor does a successor go who has not begun, once somebody relies on them [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto next = c.d.user(true);
  auto coming = c.d.assignment(next.user_id, "OWNER");
  coming["effectiveStartDate"] = tomorrow;
  auto of_next = c.d.assigned(coming);
  auto version = json_of(assignments).at("items").at(0).at("version");
  REQUIRE(c.d.patch(own, {{"effectiveEndDate", tomorrow}, {"version", version}}).status == 200);
  auto nobody_left = "Nobody would be left who can manage users.";
  check_error(c.d.end(of_next), 409, "LAST_ADMIN", nobody_left);
  check_error(c.d.end(of_next, {{"effectiveEndDate", from_now(std::chrono::hours{48})}}), 409, "LAST_ADMIN");
  check_error(c.d.patch(of_next, {{"effectiveEndDate", tomorrow}, {"version", 1}}), 409, "LAST_ADMIN");
  auto at = "/api/people/users/" + next.user_id;
  check_error(c.d.admin->http.post(at + "/disable", "{}"), 409, "LAST_ADMIN");
  check_error(c.d.admin->http.post(at + "/terminate", "{}"), 409, "LAST_ADMIN");
  CHECK(text_at(c.d.admin->http.get(at + "/disable-options"), "/reasons/0/code") == "LAST_ADMIN");
}

TEST_CASE("Security: two who come one after the other let somebody go, as one would, and stay both [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto first = c.d.assignment(c.d.user(true).user_id, "OWNER");
  first["effectiveStartDate"] = tomorrow;
  first["effectiveEndDate"] = from_now(std::chrono::hours{48});
  auto of_first = c.d.assigned(first);
  check_error(c.d.end(own, {{"effectiveEndDate", tomorrow}}), 409, "LAST_ADMIN");
  auto second = c.d.assignment(c.d.user(true).user_id, "OWNER");
  second["effectiveStartDate"] = first["effectiveEndDate"];
  auto of_second = c.d.assigned(second);
  CHECK(c.d.end(own, {{"effectiveEndDate", tomorrow}}).status == 200);
  check_error(c.d.end(of_first), 409, "LAST_ADMIN");
  check_error(c.d.end(of_second), 409, "LAST_ADMIN");
}

TEST_CASE("Security: a role that lost its scope is held by whoever held it, and so keeps its keys [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto other = c.d.user(true);
  auto of_other = c.d.assigned(c.d.assignment(other.user_id, "GLOBAL_ADMIN"));
  auto role = "/api/security/roles/" + c.d.role("OWNER");
  REQUIRE(c.d.admin->http.send("PATCH", role, body({{"allowedScopes", {"LOCATION"}}})).status == 200);
  REQUIRE(c.d.end(of_other).status == 200);
  check_error(c.d.end(own), 409, "LAST_ADMIN");
  for (const auto* key : {"people:user:enable", "security:authority:any"})
    check_error(c.d.admin->http.send("DELETE", role + "/permissions/" + key, {}), 409, "LAST_ADMIN");
  check_error(
      c.d.admin->http.send("PUT", role + "/permissions", body({{"permissionKeys", boost::json::array{}}})),
      409, "LAST_ADMIN");
  CHECK(c.d.admin->http.get("/api/security/users").status == 200);
  // Taking a key from a role that nobody holds takes nothing from anybody.
  auto unused = c.role_with({"people:user:enable"});
  CHECK(c.d.admin->http
            .send("DELETE", "/api/security/roles/" + c.d.role(unused) + "/permissions/people:user:enable", {})
            .status == 204);
}

TEST_CASE("Security: who cannot sign in is nobody who is left [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto keyless = c.d.user();
  c.d.assigned(c.d.assignment(keyless.user_id, "OWNER"));
  check_error(c.d.end(own), 409, "LAST_ADMIN");
  REQUIRE(c.d.admin->http
              .post("/api/security/users/" + keyless.user_id + "/password",
                    json({{"password", "another long secret 17"}}))
              .status == 204);
  CHECK(c.d.end(own).status == 200);
}

TEST_CASE("Security: a subject that no issuer may know makes nobody who is left [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto made = c.d.provision(c.d.person(), {{"subject", "somebody@issuer"}});
  REQUIRE_MESSAGE(made.status == 201, made.body);
  c.d.assigned(c.d.assignment(text_at(made, "/userId"), "OWNER"));
  check_error(c.d.end(text_at(assignments, "/items/0/assignmentId")), 409, "LAST_ADMIN");
}

TEST_CASE("Security: who may give everything keeps what giving needs [D-54]") {
  small_company c;
  auto assignments = c.d.admin->http.get("/api/people/role-assignments?userId=" + c.d.admin->user_id);
  auto own = text_at(assignments, "/items/0/assignmentId");
  auto role = "/api/security/roles/" + c.d.role("OWNER");
  for (const std::string key : {"people:role_assignment:create", "security:role_permission:grant"}) {
    CAPTURE(key);
    check_error(c.d.admin->http.send("DELETE", role + "/permissions/" + key, {}), 409, "LAST_ADMIN",
                "Nobody would be left who may give everything.");
    // A manager of users who may give everything, except for this key, is no owner.
    boost::json::array all_but;
    for (const auto* other : {"people:user:enable", "security:authority:any", "people:role_assignment:create",
                              "security:role_permission:grant"})
      if (other != key)
        all_but.emplace_back(other);
    c.holder_of(c.role_with(all_but));
    check_error(c.d.end(own), 409, "LAST_ADMIN", "Nobody would be left who may give everything.");
  }
  // Two roles of one person together are enough.
  auto both = c.d.user(true);
  for (const auto& keys :
       {boost::json::array{"people:user:enable", "security:authority:any"},
        boost::json::array{"people:role_assignment:create", "security:role_permission:grant"}})
    c.d.assigned(c.d.assignment(both.user_id, c.role_with(keys)));
  CHECK(c.d.end(own).status == 200);
}

TEST_CASE("Security: two who lose user management at once, each in a way of their own, leave one [D-54]") {
  for (int round = 0; round < 5; ++round) {
    small_company c;
    auto other = c.d.user(true);
    auto of_other = c.d.assigned(c.d.assignment(other.user_id, "ADMIN"));
    auto second = c.server.signed_in("demo.owner");
    auto permission = "/api/security/roles/" + c.d.role("OWNER") + "/permissions/people:user:enable";
    int ended = 0, revoked = 0;
    {
      std::jthread a{[&] { ended = c.d.end(of_other).status; }};
      std::jthread b{[&] { revoked = second->http.send("DELETE", permission, {}).status; }};
    }
    CHECK((ended == 200) != (revoked == 204));
    CHECK((ended == 409) != (revoked == 409));
  }
}

TEST_CASE("offboarding: two admins who disable each other at once leave one of them [D-54]") {
  for (int round = 0; round < 5; ++round) {
    small_company c;
    auto one = c.holder_of("OWNER"), other = c.holder_of("OWNER");
    REQUIRE(disable(*one, c.d.admin->user_id).status == 200);
    int first = 0, second = 0;
    {
      std::jthread a{[&] { first = disable(*one, other->user_id).status; }};
      std::jthread b{[&] { second = disable(*other, one->user_id).status; }};
    }
    CHECK((first == 200) != (second == 200));
    for (int status : {first, second})
      CHECK((status == 200 || status == 409 || status == 403 ||
             status == 503));  // LAST_ADMIN, or already disabled
    CHECK(number_of(c.server.db(),
                    fmt::format("SELECT count(*) FROM security.app_user WHERE status = 'ACTIVE' AND user_id "
                                "IN ('{}', '{}')",
                                one->user_id, other->user_id)) == 1);
  }
}

}  // namespace musterd::testing
