#include "tests/http/edge/raw_socket.hpp"
#include "tests/http/instrumented.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <thread>

/// What is revoked is gone: no request made after the answer gets it, however many are made meanwhile.
namespace musterd::testing {
namespace {

constexpr auto record = "timekeeping:timecard:record";

struct asked {
  http_message message;
  std::string method, path, token;
};

enum class verdict { allowed, refused, neither };
using judge = std::function<verdict(const http_answer&)>;

constexpr int clients = 64, asked_afterwards = 5;

/// Many clients ask without pause while `revoke` runs, and for a while longer.
void check_revocation(const asked& what, const judge& judged, const std::function<void()>& revoke) {
  std::atomic<bool> revoked{false};
  std::atomic<int> let_in{0}, refused{0}, too_late{0}, strange{0};
  std::vector<std::jthread> crowd;
  for (int i = 0; i < clients; ++i)
    crowd.emplace_back([&] {
      http_client http{shared_server().url(), patience};
      http.use_token(what.token);
      for (int asked_after = 0; asked_after < asked_afterwards;) {
        bool was_revoked = revoked;
        asked_after += was_revoked;
        auto answer = http.try_send(what.method, what.path, what.message);
        switch (answer ? judged(*answer) : verdict::neither) {
          case verdict::allowed: ++(was_revoked ? too_late : let_in); break;
          case verdict::refused: ++refused; break;
          case verdict::neither: ++strange; break;
        }
      }
    });
  CHECK(becomes_true(patience, [&] { return let_in > 100; }));
  revoke();
  revoked = true;
  crowd.clear();
  CHECK(too_late == 0);
  CHECK(strange == 0);
  CHECK(refused >= clients * asked_afterwards);
}

verdict of_decision(const http_answer& answer) {
  auto decided = answer.status == 200 ? text_at(answer, "/decision") : "";
  return decided == "ALLOW" ? verdict::allowed : decided == "DENY" ? verdict::refused : verdict::neither;
}

verdict of_request(const http_answer& answer) {
  return answer.status == 200                           ? verdict::allowed
         : answer.status == 401 || answer.status == 403 ? verdict::refused
                                                        : verdict::neither;
}

}  // namespace

TEST_CASE("revocation: once the end of an assignment is answered, no decision allows it [S89-AC9 G-ROLE-5]") {
  desk d;
  auto ann = d.user();
  asked what{body(question(ann.user_id, record, demo_shop)), "POST", "/internal/authz/decisions",
             service_token(d.server)};
  for (int round = 0; round < rounds(); ++round) {
    auto id = d.assigned(d.assignment(ann.user_id, "MECHANIC", demo_shop));
    check_revocation(what, of_decision, [&] { CHECK(d.end(id).status == 200); });
  }
}

TEST_CASE("revocation: once the end of an assignment is answered, the user's own requests are refused "
          "[S89-AC9 G-ROLE-5]") {
  desk d;
  auto who = d.user(true);
  auto id = d.assigned(d.assignment(who.user_id, "AUDITOR"));
  auto ann = d.server.signed_in(who.username, first_password);
  asked what{{}, "GET", "/api/security/roles?pageSize=1", ann->tokens.access};
  check_revocation(what, of_request, [&] { CHECK(d.end(id).status == 200); });
}

TEST_CASE("revocation: once a role has lost a permission, nobody has it through the role [G-ROLE-5]") {
  desk d;
  auto name = "Lister " + to_string(uuid::generate());
  auto made = d.admin->http.post("/api/security/roles",
                                 json({{"roleName", name},
                                       {"allowedScopes", boost::json::array{"GLOBAL"}},
                                       {"permissionKeys", boost::json::array{"security:role:view"}}}));
  auto who = d.user(true);
  d.assigned(d.assignment(who.user_id, name));
  auto ann = d.server.signed_in(who.username, first_password);
  auto grant = [&](const char* method) {
    auto path =
        fmt::format("/api/security/roles/{}/permissions/security:role:view", text_at(made, "/roleId"));
    CHECK(d.admin->http.send(method, path).status == 204);
  };
  asked own{{}, "GET", "/api/security/roles?pageSize=1", ann->tokens.access};
  check_revocation(own, of_request, [&] { grant("DELETE"); });
  grant("PUT");
  asked decision{body(question(who.user_id, "security:role:view")), "POST", "/internal/authz/decisions",
                 service_token(d.server)};
  check_revocation(decision, of_decision, [&] { grant("DELETE"); });
}

TEST_CASE("revocation: a request that was held back while its right was taken away is refused [G-ROLE-5]") {
  desk d;
  auto who = d.user(true);
  auto id = d.assigned(d.assignment(who.user_id, "ADMIN"));
  auto boss = d.server.signed_in(who.username, first_password);
  auto wanted = json({{"firstName", "Held"}, {"lastName", "Back"}});
  raw_socket held{d.server.process().port()};
  REQUIRE(held.send(fmt::format("POST /api/people/persons HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                boss->tokens.access, wanted.size(), wanted.substr(0, wanted.size() - 1))));
  CHECK(boss->http.post("/api/people/persons", wanted).status == 201);
  CHECK(d.end(id).status == 200);
  REQUIRE(held.send("}"));
  CHECK(held.receive("ACCESS_DENIED").starts_with("HTTP/1.1 403"));
}

TEST_CASE("passwords: once a new one is answered, no old session opens anything") {
  desk d;
  auto who = d.user(true);
  auto ann = d.server.signed_in(who.username, first_password);
  asked what{{}, "GET", "/api/security/me", ann->tokens.access};
  check_revocation(what, of_request, [&] {
    auto path = "/api/security/users/" + who.user_id + "/password";
    CHECK(d.admin->http.post(path, json({{"password", "another long password"}})).status == 204);
  });
}

}  // namespace musterd::testing
