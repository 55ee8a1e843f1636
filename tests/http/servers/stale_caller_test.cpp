#include "tests/http/servers/second_server.hpp"

/// What was taken from somebody at one server is gone at the others: they decide nothing by it, and soon show
/// nothing for it (docs/decisions/0062).
namespace musterd::testing {
namespace {

/// An owner who is awake at the second server.
struct owner_elsewhere {
  company_server first;
  second_server second{first};
  desk d{first};
  newcomer who = d.user(true), victim = d.user(true);
  http_client there{second.process.url(), patience};
  std::string assignment;

  owner_elsewhere() {
    assignment = d.assigned(d.assignment(who.user_id, "OWNER"));
    there.use_token(text_at(second.sign_in(who.username, first_password), "/accessToken"));
    REQUIRE(there.get("/api/security/users").status == 200);
  }

  /// What gives somebody power, or takes it.
  std::vector<http_answer> all_they_try() {
    return {there.post("/api/security/users/" + victim.user_id + "/password",
                       json({{"password", "a sudden purple walrus 77"}})),
            there.post("/api/people/role-assignments", json(d.assignment(victim.user_id, "OWNER"))),
            there.post("/api/security/services", json({{"name", "svc." + to_string(uuid::generate())},
                                                       {"scopes", {"security:authorization:decide"}}})),
            there.post("/api/people/users/" + victim.user_id + "/disable", "{}")};
  }
  bool shows_nothing_soon() {
    return becomes_true(patience, [&] {
      auto status = there.get("/api/security/users").status;
      return status == 401 || status == 403;
    });
  }
};

}  // namespace

TEST_CASE_FIXTURE(owner_elsewhere,
                  "Security: what gives and takes power is open to an owner at another server") {
  for (const auto& answer : all_they_try())
    CHECK_MESSAGE(answer.status / 100 == 2, answer.body);
}

TEST_CASE_FIXTURE(
    owner_elsewhere,
    "Security: who was disabled at one server gives and takes nothing at another, from then on") {
  REQUIRE(d.admin->http.post("/api/people/users/" + who.user_id + "/disable", "{}").status == 200);
  for (const auto& answer : all_they_try())
    CHECK_MESSAGE(answer.status / 100 != 2, answer.body);
  CHECK(shows_nothing_soon());
}

TEST_CASE_FIXTURE(
    owner_elsewhere,
    "Security: whose role ended at one server gives and takes nothing at another, from then on") {
  REQUIRE(d.admin->http.post("/api/people/role-assignments/" + assignment + "/end", "{}").status == 200);
  for (const auto& answer : all_they_try())
    CHECK_MESSAGE(answer.status / 100 != 2, answer.body);
  CHECK(shows_nothing_soon());
}

TEST_CASE_FIXTURE(owner_elsewhere,
                  "Security: a session that was ended at one server is over at another soon") {
  REQUIRE(d.admin->http.send("DELETE", "/api/security/users/" + who.user_id + "/sessions", {}).status == 200);
  for (const auto& answer : all_they_try())
    CHECK_MESSAGE(answer.status / 100 != 2, answer.body);
  CHECK(shows_nothing_soon());
}

}  // namespace musterd::testing
