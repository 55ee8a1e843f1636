#include "tests/http/servers/second_server.hpp"

#include <barrier>
#include <thread>

/// What a user lost at one server is gone at others: they decide nothing by it, and soon show nothing
/// (docs/decisions/0062).
namespace musterd::testing {
namespace {

/// An owner whose actor is awake at the second server.
struct owner_elsewhere {
  company_server first;
  second_server second{first};
  desk d{first};
  newcomer who = d.user(true), victim = d.user(true);
  http_client there{second.process.url(), patience};
  std::string assignment, token;

  owner_elsewhere() {
    assignment = d.assigned(d.assignment(who.user_id, "OWNER"));
    token = text_at(second.sign_in(who.username, first_password), "/accessToken");
    there.use_token(token);
    REQUIRE(there.get("/api/security/users").status == 200);
  }

  /// Commands that give power or take it.
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

TEST_CASE_FIXTURE(
    owner_elsewhere,
    "Security: nor do many requests at once pass there that were sent after the session's end") {
  constexpr int crowd = 16;
  std::vector<std::unique_ptr<http_client>> clients;
  for (int i = 0; i < crowd; ++i) {
    clients.push_back(std::make_unique<http_client>(second.process.url(), patience));
    clients.back()->use_token(token);
    REQUIRE(clients.back()->get("/api/security/me").status == 200);
  }
  auto wanted = json(d.assignment(victim.user_id, "OWNER"));
  std::barrier ready{crowd + 1};
  std::vector<std::jthread> asking;
  std::vector<int> status(crowd);
  for (std::size_t i = 0; i < crowd; ++i)
    asking.emplace_back([&, i] {
      ready.arrive_and_wait();
      status[i] = clients[i]->post("/api/people/role-assignments", wanted).status;
    });
  REQUIRE(d.admin->http.send("DELETE", "/api/security/users/" + who.user_id + "/sessions", {}).status == 200);
  ready.arrive_and_wait();
  asking.clear();
  for (auto s : status)
    CHECK(s / 100 != 2);
}

}  // namespace musterd::testing
