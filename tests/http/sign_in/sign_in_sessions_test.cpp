#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

/// Where a user is signed in, and how that ends.
namespace musterd::testing {
namespace {

constexpr auto own_sessions = "/api/security/sessions";

std::string sessions_of(const newcomer& who) {
  return "/api/security/users/" + who.user_id + "/sessions";
}

boost::json::array items(http_client& by, const std::string& path) {
  auto answer = by.get(path);
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  return json_of(answer).at("items").as_array();
}

std::string current_session(visitor& who) {
  for (const auto& s : items(who.http, own_sessions))
    if (s.at("isCurrent").as_bool())
      return text_at(s, "/sessionId");
  return {};
}

http_answer refresh(company_server& at, const visitor& who) {
  return at.client().post("/api/security/auth/refresh", json({{"refreshToken", who.tokens.refresh}}));
}

/// Neither of its tokens is good for anything any more.
void check_over(company_server& at, visitor& who) {
  check_error(who.http.get("/api/security/me"), 401, "UNAUTHENTICATED");
  check_error(refresh(at, who), 401, "UNAUTHENTICATED");
}

std::unique_ptr<visitor> holder_of(desk& d, const std::string& role) {
  auto who = d.user(true);
  d.assigned(d.assignment(who.user_id, role));
  return d.server.signed_in(who.username, first_password);
}

}  // namespace

TEST_CASE("sessions: one sees one's own sign-ins, newest first, with address and program") {
  desk d;
  auto nina = d.user(true);
  auto first = d.server.signed_in(nina.username, first_password);
  auto http = d.server.client();
  auto answer = http.send(
      "POST", "/api/security/auth/token",
      {{{"User-Agent", "terminal 7"}}, json({{"username", nina.username}, {"password", first_password}})});
  REQUIRE(answer.status == 200);
  d.server.signed_in("demo.hr");  // somebody else's, which is not listed
  auto listed = items(first->http, own_sessions);
  REQUIRE(listed.size() == 2);
  CHECK(text_at(listed[0], "/userAgent") == "terminal 7");
  CHECK(text_at(listed[0], "/clientNetwork") == "127.0.0.1");
  CHECK_FALSE(listed[0].at("isCurrent").as_bool());
  CHECK(listed[1].at("isCurrent").as_bool());
  CHECK(text_at(listed[0], "/createdAt") >= text_at(listed[1], "/createdAt"));
  CHECK(text_at(listed[1], "/createdAt") == text_at(listed[1], "/lastUsedAt"));
  CHECK(boost::json::serialize(listed).find("ecret") == std::string::npos);
  REQUIRE(refresh(d.server, *first).status == 200);
  listed = items(first->http, own_sessions);
  CHECK(text_at(listed[1], "/createdAt") < text_at(listed[1], "/lastUsedAt"));

  auto page = json_of(first->http.get(own_sessions + std::string{"?pageSize=1"}));
  CHECK(text_at(page, "/items/0/sessionId") == text_at(listed[0], "/sessionId"));
  CHECK(text_at(page, "/totalCount") == "2");
  auto rest = items(first->http,
                    own_sessions + std::string{"?pageSize=1&pageToken="} + text_at(page, "/nextPageToken"));
  REQUIRE(rest.size() == 1);
  CHECK(text_at(rest[0], "/sessionId") == text_at(listed[1], "/sessionId"));
}

TEST_CASE("sessions: one that its user ends is over at once, and the others go on") {
  desk d;
  auto nina = d.user(true);
  auto lost = d.server.signed_in(nina.username, first_password),
       kept = d.server.signed_in(nina.username, first_password);
  auto path = own_sessions + std::string{"/"} + current_session(*lost);
  CHECK(kept->http.send("DELETE", path, {}).status == 204);
  check_over(d.server, *lost);
  CHECK(items(kept->http, own_sessions).size() == 1);
  check_error(kept->http.send("DELETE", path, {}), 404, "SESSION_NOT_FOUND");
  auto entries = d.audit(nina.user_id, "SESSION_REVOKED");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/actor_id") == nina.user_id);
  CHECK(text_at(entries[0], "/reason_code") == "ENDED_BY_USER");
  // Ending one's own is another way to sign out.
  CHECK(kept->http.send("DELETE", own_sessions + std::string{"/"} + current_session(*kept), {}).status ==
        204);
  check_over(d.server, *kept);
}

TEST_CASE("sessions: all others end, and the one that asks goes on") {
  desk d;
  auto nina = d.user(true);
  auto one = d.server.signed_in(nina.username, first_password),
       two = d.server.signed_in(nina.username, first_password),
       mine = d.server.signed_in(nina.username, first_password);
  auto ended = mine->http.send("DELETE", own_sessions, {});
  CHECK(ended.status == 200);
  CHECK(text_at(ended, "/ended") == "2");
  check_over(d.server, *one);
  check_over(d.server, *two);
  CHECK(items(mine->http, own_sessions).size() == 1);
  CHECK(text_at(mine->http.send("DELETE", own_sessions, {}), "/ended") == "0");
  CHECK(refresh(d.server, *mine).status == 200);
}

TEST_CASE("Security: nobody ends a session of somebody else's by its id, and a session stays ended") {
  company_server server;
  desk d{server};
  auto nina = d.user(true), otto = d.user(true);
  auto ninas = d.server.signed_in(nina.username, first_password),
       ottos = d.server.signed_in(otto.username, first_password);
  check_error(ottos->http.send("DELETE", own_sessions + std::string{"/"} + current_session(*ninas), {}), 404,
              "SESSION_NOT_FOUND");
  check_error(ottos->http.get(sessions_of(nina)), 403, "ACCESS_DENIED");
  check_error(ottos->http.send("DELETE", sessions_of(nina), {}), 403, "ACCESS_DENIED");
  CHECK(ninas->http.get("/api/security/me").status == 200);
  CHECK(d.admin->http.send("DELETE", sessions_of(nina), {}).status == 200);
  server.restart();
  check_over(server, *ninas);
  CHECK(ottos->http.get("/api/security/me").status == 200);
}

TEST_CASE("Security: an administrator sees and ends sessions, but of nobody mightier") {
  desk d;
  auto nina = d.user(true), oscar = d.user(true);
  d.assigned(d.assignment(oscar.user_id, "OWNER"));
  auto ninas = d.server.signed_in(nina.username, first_password),
       other = d.server.signed_in(nina.username, first_password),
       oscars = d.server.signed_in(oscar.username, first_password);
  auto sam = holder_of(d, "SECURITY_ADMIN");
  auto listed = items(sam->http, sessions_of(nina));
  REQUIRE(listed.size() == 2);
  for (const auto& s : listed)
    CHECK_FALSE(s.at("isCurrent").as_bool());
  CHECK(sam->http.send("DELETE", sessions_of(nina) + '/' + current_session(*ninas), {}).status == 204);
  check_over(d.server, *ninas);
  CHECK(other->http.get("/api/security/me").status == 200);
  CHECK(text_at(sam->http.send("DELETE", sessions_of(nina), {}), "/ended") == "1");
  check_over(d.server, *other);
  auto entries = d.audit(nina.user_id, "SESSION_REVOKED");
  REQUIRE(entries.size() == 2);
  CHECK(text_at(entries[0], "/actor_id") == sam->user_id);
  CHECK(text_at(entries[0], "/reason_code") == "ENDED_BY_ADMINISTRATOR");

  check_error(sam->http.send("DELETE", sessions_of(oscar), {}), 403, "EXCEEDS_OWN_AUTHORITY");
  check_error(sam->http.send("DELETE", sessions_of(oscar) + '/' + current_session(*oscars), {}), 403,
              "EXCEEDS_OWN_AUTHORITY");
  CHECK(oscars->http.get("/api/security/me").status == 200);
  auto auditor = holder_of(d, "AUDITOR");
  CHECK(items(auditor->http, sessions_of(oscar)).size() == 1);
  check_error(auditor->http.send("DELETE", sessions_of(oscar), {}), 403, "ACCESS_DENIED");
  newcomer unknown;
  unknown.user_id = nobody;
  check_error(sam->http.get(sessions_of(unknown)), 404, "USER_NOT_FOUND");
  check_error(sam->http.send("DELETE", sessions_of(unknown), {}), 404, "USER_NOT_FOUND");
}

}  // namespace musterd::testing
