#include "tests/http/access/listed_routes.hpp"
#include "tests/http/sign_in/forged_token.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

#include <filesystem>

/// Giving power needs a fresh sign-in, where the configuration says how fresh.
namespace musterd::testing {
namespace {

constexpr std::int64_t fresh = 600;

struct careful_server {
  company_server server{{{"MUSTERD_AUTH_FRESH_SIGN_IN_SECONDS", std::to_string(fresh)}}};
  desk d{server};

  /// The administrator's token, as if the sign-in were this many seconds older.
  std::unique_ptr<http_client> signed_in_ago(std::int64_t seconds) {
    auto claims = claims_of(d.admin->tokens.access);
    claims["auth_time"] = claims.at("auth_time").as_int64() - seconds;
    return with(claims);
  }
  std::unique_ptr<http_client> with(const boost::json::object& claims) {
    auto keys = std::filesystem::path{server.process().log()}.replace_filename("signing.json").string();
    auto http = std::make_unique<http_client>(server.url(), patience);
    http->use_token(signed_with_file(keys, header_of(d.admin->tokens.access), claims));
    return http;
  }
};

const std::set<std::string> dangerous{"POST /api/people/role-assignments",
                                      "PATCH /api/people/role-assignments/{assignmentId}",
                                      "POST /api/people/users/{userId}/enable",
                                      "POST /api/people/users/{userId}/terminate",
                                      "POST /api/security/users/provision",
                                      "POST /api/security/users/{userId}/password",
                                      "POST /api/security/me/totp",
                                      "DELETE /api/security/users/{userId}/totp",
                                      "POST /api/people/persons/{personId}/erase",
                                      "POST /api/security/roles",
                                      "PATCH /api/security/roles/{roleId}",
                                      "PUT /api/security/roles/{roleId}/permissions",
                                      "PUT /api/security/roles/{roleId}/permissions/{permissionKey}",
                                      "DELETE /api/security/roles/{roleId}/permissions/{permissionKey}",
                                      "POST /api/security/services",
                                      "PATCH /api/security/services/{clientId}",
                                      "POST /api/security/services/{clientId}/secrets"};

}  // namespace

TEST_CASE("Security: an old sign-in gives no power, on exactly the routes that say so") {
  careful_server at;
  auto stale = at.signed_in_ago(fresh + 60);
  std::set<std::string> refused;
  for (const auto& route : listed_routes(at.server)) {
    if (route.access == "OPEN" || route.access == "INTERNAL" || route.path == "/api/security/sessions")
      continue;
    auto answer = stale->send(route.method, route.path_with(nobody), message_for(route));
    CAPTURE(route.path);
    if (text_at(answer, "/code") != "FRESH_SIGN_IN_REQUIRED")
      continue;
    CHECK(answer.status == 401);
    CHECK(
        answer.header("www-authenticate") ==
        R"(Bearer error="insufficient_user_authentication", )"
        R"(error_description="This takes a sign-in of the last 600 seconds: sign in again.", max_age="600")");
    refused.insert(route.method + ' ' + route.path);
  }
  CHECK(refused == dangerous);
}

TEST_CASE("Security: a fresh sign-in gives power; a token without its time does not") {
  careful_server at;
  auto nina = at.d.user();  // the desk's own sign-in is fresh enough for this
  auto wanted = json(at.d.assignment(nina.user_id, "MECHANIC", demo_shop));
  auto recent = at.signed_in_ago(fresh - 60), stale = at.signed_in_ago(fresh + 60);
  check_error(stale->post("/api/people/role-assignments", wanted), 401, "FRESH_SIGN_IN_REQUIRED");
  auto claims = claims_of(at.d.admin->tokens.access);
  claims.erase("auth_time");
  auto unknown = at.with(claims);
  check_error(unknown->post("/api/people/role-assignments", wanted), 401, "FRESH_SIGN_IN_REQUIRED");
  CHECK(unknown->get("/api/security/me").status == 200);
  CHECK(recent->post("/api/people/role-assignments", wanted).status == 201);
  // A caller without the permission is told that, rather than to sign in again.
  auto mechanic = at.server.new_mechanic();
  check_error(mechanic->http.post("/api/people/role-assignments", wanted), 403, "ACCESS_DENIED");
}

TEST_CASE("Security: refreshing does not make a sign-in fresh") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  pqxx::nontransaction{server.db()}.exec(fmt::format("SELECT pg_sleep(1.1)"));  // auth_time has whole seconds
  auto refreshed = json_of(
      server.client().post("/api/security/auth/refresh", json({{"refreshToken", ann->tokens.refresh}})));
  auto first = claims_of(ann->tokens.access), second = claims_of(text_at(refreshed, "/accessToken"));
  CHECK(first.at("auth_time") == first.at("iat"));
  CHECK(second.at("auth_time") == first.at("auth_time"));
  CHECK(second.at("iat").as_int64() > first.at("iat").as_int64());
}

TEST_CASE("Security: where nothing is configured, no sign-in is too old") {
  auto& server = shared_server();
  desk d{server};
  auto http = server.client();
  auto keys = std::filesystem::path{server.process().log()}.replace_filename("signing.json").string();
  auto claims = claims_of(d.admin->tokens.access);
  claims["auth_time"] = 1;
  http.use_token(signed_with_file(keys, header_of(d.admin->tokens.access), claims));
  CHECK(http.post("/api/people/role-assignments", json(d.assignment(d.user().user_id, "MECHANIC", demo_shop)))
            .status == 201);
}

}  // namespace musterd::testing
