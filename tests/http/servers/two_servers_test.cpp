#include "tests/http/servers/second_server.hpp"
#include "tests/http/servers/server_log.hpp"

/// Several servers work on one database without asking each other.
namespace musterd::testing {
namespace {

/// demo.owner at both.
struct two_servers {
  company_server first;
  second_server second{first};
  desk d{first};
  http_client& here = d.admin->http;
  http_client there{second.process.url(), patience};

  two_servers() {
    there.use_token(text_at(second.sign_in("demo.owner", first.password_of("demo.owner")), "/accessToken"));
    // Signing in there changed the owner's record, which is awake here.
    REQUIRE(becomes_true(patience, [&] {
      auto name = "Probe " + to_string(uuid::generate());
      return here.post("/api/security/roles", json({{"roleName", name}, {"allowedScopes", {"GLOBAL"}}}))
                 .status == 201;
    }));
  }

  /// The path of a role made here.
  std::string role(const std::string& name) {
    auto made = here.post("/api/security/roles", json({{"roleName", name}, {"allowedScopes", {"GLOBAL"}}}));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return "/api/security/roles/" + text_at(made, "/roleId");
  }
  bool is_granted(const std::string& name, const std::string& permission) {
    return number_of(first.db(), "SELECT count(*) FROM security.role WHERE role_name = '" + name + "' AND '" +
                                     permission + "' = ANY (permission_keys)") > 0;
  }
};

constexpr auto permission = "people:user:disable";

}  // namespace

TEST_CASE("Two servers on one database: what was decided on a state that is gone is refused at the commit") {
  company_server here;
  second_server there{here};
  desk d{here};
  auto user = d.user(true);
  auto sign_in_there = [&] { return there.sign_in(user.username, first_password); };
  REQUIRE(sign_in_there().status == 200);  // awake there from now on
  auto sessions = [&] {
    return number_of(here.db(),
                     "SELECT count(*) FROM security.refresh_token_family WHERE revoked_at IS NULL AND "
                     "user_id = '" +
                         user.user_id + "'");
  };
  REQUIRE(d.admin->http.send("POST", "/api/people/users/" + user.user_id + "/disable", body({})).status ==
          200);
  REQUIRE(sessions() == 0);
  check_error(sign_in_there(), 403, "ACCOUNT_DISABLED");
  CHECK(sessions() == 0);
}

TEST_CASE_FIXTURE(two_servers,
                  "Two servers on one database: what was granted at one is revoked at the other") {
  auto at = role("Granted here") + "/permissions/" + permission;
  // The company is awake there from now on, and knows of no grant.
  REQUIRE(there.send("DELETE", at, {}).status == 204);
  REQUIRE(here.send("PUT", at, {}).status == 204);
  REQUIRE(is_granted("Granted here", permission));
  CHECK(there.send("DELETE", at, {}).status == 204);
  CHECK_FALSE(is_granted("Granted here", permission));
}

TEST_CASE_FIXTURE(two_servers,
                  "Two servers on one database: a role that was made at one is known to the other") {
  REQUIRE(there.send("DELETE", role("Made before") + "/permissions/" + permission, {}).status == 204);
  auto changed = there.send("PATCH", role("Made here"), body({{"description", "Changed there"}}));
  CHECK_MESSAGE(changed.status == 200, changed.body);
}

TEST_CASE_FIXTURE(two_servers,
                  "Two servers on one database: a user who was disabled at one is enabled at the other") {
  auto user = d.user();
  auto at = "/api/people/users/" + user.user_id;
  check_error(there.send("POST", at + "/enable", body({})), 409, "USER_NOT_DISABLED");
  REQUIRE(here.send("POST", at + "/disable", body({})).status == 200);
  CHECK(there.send("POST", at + "/enable", body({})).status == 200);
}

TEST_CASE_FIXTURE(
    two_servers,
    "Two servers on one database: a company that was changed at one starts over at the other, unasked") {
  auto left_behind = [&] {
    return logged(second.process, {R"("component":"company")", R"("event":"record_changed")"}).size();
  };
  REQUIRE(there.send("DELETE", role("Made before") + "/permissions/" + permission, {}).status == 204);
  REQUIRE(left_behind() == 0);
  role("Made later");
  CHECK(becomes_true(patience, [&] { return left_behind() == 1; }));
}

}  // namespace musterd::testing
