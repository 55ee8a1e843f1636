#include "tests/http/servers/second_server.hpp"

/// What let a request in at one server was taken at another: the command that follows at once is refused,
/// whether or not it gives power (docs/decisions/0067).
namespace musterd::testing {
namespace {

struct desk_and_second_server {
  company_server first;
  second_server second{first};
  desk d{first};

  std::unique_ptr<http_client> client_there(const newcomer& who) {
    auto there = second.signed_in(who.username, first_password);
    REQUIRE(there->get("/api/security/me").status == 200);
    return there;
  }
};

/// Who may make users and roles by one role, and give them power by another.
struct giver_elsewhere : desk_and_second_server {
  newcomer who = d.user(true);
  std::string makes = role("MAKER", {"security:user:provision", "security:role:create"});
  std::string gives = role("GIVER", {"people:role_assignment:create", "security:role_permission:grant"});
  std::string makes_assigned = assigned(makes), gives_assigned = assigned(gives);
  std::unique_ptr<http_client> there = client_there(who);

  std::string role(const char* name, const boost::json::array& keys) {
    auto made = d.admin->http.post(
        "/api/security/roles",
        json({{"roleName", name}, {"allowedScopes", {"GLOBAL"}}, {"permissionKeys", keys}}));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return text_at(made, "/roleId");
  }
  std::string assigned(const std::string& role_id) {
    return d.assigned({{"userId", who.user_id},
                       {"roleId", role_id},
                       {"scopeType", "GLOBAL"},
                       {"effectiveStartDate", yesterday}});
  }
  http_answer make_user(const boost::json::array& roles) {
    auto person = d.person();
    return there->post(
        "/api/security/users/provision",
        json({{"personId", person.person_id}, {"username", person.username}, {"roleIds", roles}}));
  }
  http_answer make_role(const boost::json::array& keys) {
    return there->post("/api/security/roles", json({{"roleName", "R " + to_string(uuid::generate())},
                                                    {"allowedScopes", {"GLOBAL"}},
                                                    {"permissionKeys", keys}}));
  }
  void check_may_only_make() {
    for (const auto& answer : {make_user({makes}), make_role({"security:role:create"})})
      CHECK_MESSAGE(answer.status / 100 != 2, answer.body);
    // It is the giving that is refused.
    CHECK(becomes_true(patience, [&] { return make_user({}).status == 201; }));
    CHECK(becomes_true(patience, [&] { return make_role({}).status == 201; }));
  }
};

}  // namespace

TEST_CASE_FIXTURE(desk_and_second_server,
                  "Security: the first command after its caller was disabled at another server is refused") {
  for (int round = 0; round < 3; ++round)
    for (const auto* path :
         {"/api/people/locations", "/api/people/persons", "/api/people/location-assignments"}) {
      CAPTURE(std::string{path});
      auto who = d.user(true);
      d.assigned(d.assignment(who.user_id, "OWNER"));
      auto there = client_there(who);
      auto code = to_string(uuid::generate()).substr(24);
      auto ask = [&](int nth) {
        auto name = code + std::to_string(nth);
        boost::json::object said{{"code", name}, {"name", "A shop"}, {"timezone", "America/New_York"}};
        if (path == std::string_view{"/api/people/persons"})
          said = {{"firstName", "Cy"}, {"lastName", "Coe"}};
        if (path == std::string_view{"/api/people/location-assignments"})
          said = {{"personId", d.person().person_id},
                  {"locationId", demo_shop},
                  {"role", "MECHANIC"},
                  {"isPrimary", true},
                  {"effectiveStartAt", from_now(std::chrono::hours{1})}};
        return there->post(path, json(said));
      };
      auto before = ask(1);
      CHECK_MESSAGE(before.status == 201, before.body);
      REQUIRE(d.admin->http.post("/api/people/users/" + who.user_id + "/disable", "{}").status == 200);
      auto after = ask(2);
      CHECK_MESSAGE(after.status / 100 != 2, after.body);
    }
}

TEST_CASE_FIXTURE(giver_elsewhere, "Security: who may make and give makes users and roles with power") {
  for (const auto& answer : {make_user({makes}), make_role({"security:role:create"})})
    CHECK_MESSAGE(answer.status == 201, answer.body);
}

TEST_CASE_FIXTURE(
    giver_elsewhere,
    "Security: who lost at another server what giving takes gives nothing with what they make") {
  SUBCASE("their assignment ended") {
    REQUIRE(d.end(gives_assigned).status == 200);
  }
  SUBCASE("the role lost its keys") {
    for (const auto* key : {"people:role_assignment:create", "security:role_permission:grant"})
      REQUIRE(
          d.admin->http.send("DELETE", "/api/security/roles/" + gives + "/permissions/" + key, {}).status ==
          204);
  }
  check_may_only_make();
}

}  // namespace musterd::testing
