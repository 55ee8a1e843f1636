#include "tests/http/access/listed_routes.hpp"
#include "tests/http/sign_in/forged_token.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

/// A password set by somebody else is good for setting one's own, and for nothing else.
namespace musterd::testing {
namespace {

constexpr auto own_password = "another long password";

/// A server with the default setting, which other tests turn off.
struct strict_desk {
  company_server server{{{"MUSTERD_AUTH_CHANGE_GIVEN_PASSWORDS", "true"}}};
  desk d{server};

  /// A client of somebody signed in with a given password.
  std::unique_ptr<http_client> signed_in(const newcomer& who, http_answer* answer = nullptr) {
    auto tokens = server.sign_in(who.username, first_password);
    REQUIRE_MESSAGE(tokens.status == 200, tokens.body);
    CHECK(text_at(tokens, "/requiredAction") == "CHANGE_PASSWORD");
    auto http = std::make_unique<http_client>(server.url(), patience);
    http->use_token(text_at(tokens, "/accessToken"));
    if (answer != nullptr)
      *answer = tokens;
    return http;
  }
};

http_answer change_own(http_client& http, const std::string& old_password) {
  return http.post("/api/security/me/password",
                   json({{"oldPassword", old_password}, {"password", own_password}}));
}

}  // namespace

TEST_CASE("Security: a given password opens nothing but its change, whatever its user holds") {
  strict_desk at;
  auto nina = at.d.user(true);
  at.d.assigned(at.d.assignment(nina.user_id, "OWNER"));
  auto http = at.signed_in(nina);
  int refused = 0;
  for (const auto& route : listed_routes(at.server)) {
    if (route.access == "OPEN" || route.access == "INTERNAL" || route.path == "/api/security/me/password")
      continue;
    CAPTURE(route.path);
    auto answer = http->send(route.method, route.path_with(nobody), message_for(route));
    check_error(answer, 403, "PASSWORD_CHANGE_REQUIRED");
    ++refused;
  }
  CHECK(refused > 60);
  CHECK(becomes_true(patience, [&] {
    return number_of(at.server.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE actor_id = '{}' AND "
                                                 "reason_code = 'PASSWORD_CHANGE_REQUIRED'",
                                                 nina.user_id)) > 0;
  }));
  CHECK(change_own(*http, first_password).status == 204);
  check_error(http->get("/api/security/me"), 401, "UNAUTHENTICATED");
  auto in = at.server.signed_in(nina.username, own_password);
  CHECK(in->http.get("/api/security/users").status == 200);
  CHECK(text_at(at.server.sign_in(nina.username, own_password), "/requiredAction") == "null");
}

TEST_CASE("Security: refreshing or restarting does not lift it, and other services do not take such tokens") {
  strict_desk at;
  auto nina = at.d.user(true);
  http_answer tokens;
  at.signed_in(nina, &tokens);
  at.server.restart();
  auto http = at.server.client();
  auto refreshed =
      http.post("/api/security/auth/refresh", json({{"refreshToken", text_at(tokens, "/refreshToken")}}));
  REQUIRE(refreshed.status == 200);
  CHECK(text_at(refreshed, "/requiredAction") == "CHANGE_PASSWORD");
  http.use_token(text_at(refreshed, "/accessToken"));
  check_error(http.get("/api/security/me"), 403, "PASSWORD_CHANGE_REQUIRED");
  CHECK(claims_of(text_at(refreshed, "/accessToken")).at("aud") == "musterd-restricted");
}

TEST_CASE("Security: a password that an administrator sets must be changed; one's own need not") {
  strict_desk at;
  auto nina = at.d.user(true);
  auto http = at.signed_in(nina);
  REQUIRE(change_own(*http, first_password).status == 204);
  auto in = at.server.signed_in(nina.username, own_password);
  CHECK(at.d.admin->http
            .post("/api/security/users/" + nina.user_id + "/password", json({{"password", first_password}}))
            .status == 204);
  check_error(in->http.get("/api/security/me"), 401, "UNAUTHENTICATED");
  auto again = at.signed_in(nina);
  check_error(again->get("/api/security/me"), 403, "PASSWORD_CHANGE_REQUIRED");
  auto entries = at.d.audit(nina.user_id, "PASSWORD_CHANGED");
  REQUIRE(entries.size() == 3);
  CHECK(text_at(entries[1], "/details/mustChange") == "false");
  CHECK(text_at(entries[2], "/details/mustChange") == "true");
}

TEST_CASE("Security: who set a powerless user's password gets nothing of the power given later") {
  strict_desk at;
  auto nina = at.d.user(true);
  auto setter = at.signed_in(nina);  // from before the role
  at.d.assigned(at.d.assignment(nina.user_id, "OWNER"));
  check_error(setter->get("/api/security/users"), 403, "PASSWORD_CHANGE_REQUIRED");
  auto later = at.signed_in(nina);
  check_error(later->get("/api/security/users"), 403, "PASSWORD_CHANGE_REQUIRED");
  // Once the user has changed it, the setter is a stranger.
  auto ninas = at.signed_in(nina);
  REQUIRE(change_own(*ninas, first_password).status == 204);
  check_error(at.server.sign_in(nina.username, first_password), 401, "INVALID_CREDENTIALS");
  check_error(setter->get("/api/security/users"), 401, "UNAUTHENTICATED");
}

TEST_CASE("Security: the first administrator's password, made on the command line, is good for its change") {
  company_server server{{{"MUSTERD_AUTH_CHANGE_GIVEN_PASSWORDS", "true"}}};
  auto& program = server.process();
  program.run("tenant create --code acme --name Acme");
  auto password = seeded_password(program.run("admin create --tenant acme --username ada --generate"), "ada");
  auto tokens = server.sign_in("ada", password, "acme");
  REQUIRE_MESSAGE(tokens.status == 200, tokens.body);
  CHECK(text_at(tokens, "/requiredAction") == "CHANGE_PASSWORD");
}

}  // namespace musterd::testing
