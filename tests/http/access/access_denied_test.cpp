#include "tests/http/audit/entry_with_origin.hpp"
#include "tests/http/servers/server_log.hpp"
#include "tests/http/sign_in/forged_token.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <regex>
#include <thread>

/// Refusals: which token opens what, and which traces a refusal leaves.
namespace musterd::testing {
namespace {

/// Checks a refusal and the audit entry it names.
boost::json::value check_denied(const http_answer& answer) {
  check_error(answer, 403, "ACCESS_DENIED", "Access Denied");
  auto decision = text_at(answer, "/details/decisionId");
  REQUIRE(uuid::parse(decision).has_value());
  CHECK(json_of(answer).at("details").as_object().size() == 1);
  std::string row;
  auto sql = fmt::format("SELECT {} FROM audit.entry e WHERE entry_id = '{}'", entry_with_origin, decision);
  REQUIRE(becomes_true(patience, [&] { return !(row = text_of(shared_server().db(), sql)).empty(); }));
  auto entry = boost::json::parse(row);
  CHECK(text_at(entry, "/event_type") == "access.denied");
  CHECK(text_at(entry, "/outcome") == "DENIED");
  CHECK(text_at(entry, "/category") == "SECURITY");
  CHECK(text_at(entry, "/tenant_id") == demo_tenant);
  return entry;
}

/// Paths that only a permission opens for reading.
std::vector<std::string> guarded_lists(company_server& server) {
  std::vector<std::string> result;
  auto paths = json_of(server.client().get("/openapi.json")).at("paths").as_object();
  for (const auto& [path, methods] : paths)
    for (const auto& [method, operation] : methods.as_object())
      if (method == "get" && text_at(operation, "/x-access").starts_with("PERMISSION") &&
          text_at(operation, "/x-access") != "PERMISSION_ON_SELF")
        result.push_back(std::regex_replace(std::string{path}, std::regex{R"(\{\w+\})"}, nobody));
  return result;
}

}  // namespace

TEST_CASE("access denied: a refusal names a decision that the audit trail knows [G-AUD-7]") {
  auto ann = shared_server().new_mechanic();
  auto answer =
      ann->http.send("GET", "/api/security/roles",
                     {{{"X-Correlation-Id", "try-" + ann->user_id}, {"User-Agent", "curious"}}, {}});
  auto entry = check_denied(answer);
  CHECK(text_at(entry, "/actor_id") == ann->user_id);
  CHECK(text_at(entry, "/actor_type") == "USER");
  CHECK(text_at(entry, "/subject_id") == ann->user_id);
  CHECK(text_at(entry, "/correlation_id") == "try-" + ann->user_id);
  CHECK(text_at(entry, "/user_agent") == "curious");
  CHECK(text_at(entry, "/details/permission") == "security:role:view");
  CHECK(text_at(entry, "/details/method") == "GET");
  CHECK(text_at(entry, "/details/route") == "/api/security/roles");
}

TEST_CASE("access denied: refused for its scope, found in the handler, leaves the same traces [G-AUD-7]") {
  desk d;
  auto irene = d.server.signed_in("irene.walsh");  // of Chicago
  auto entry = check_denied(irene->http.get("/api/people/locations/" + std::string{demo_shop}));
  CHECK(text_at(entry, "/details/permission") == "people:location:view");
  CHECK(text_at(entry, "/details/route") == "/api/people/locations/{locationId}");
}

TEST_CASE("access denied: who knocks often is written down once a second, and every refusal names an entry "
          "[G-AUD-7]") {
  auto ann = shared_server().new_mechanic();
  std::set<std::string> decisions;
  constexpr int knocks = 60;
  for (int i = 0; i < knocks; ++i) {
    auto answer = ann->http.get("/api/security/roles");
    REQUIRE(answer.status == 403);
    decisions.insert(text_at(answer, "/details/decisionId"));
  }
  CHECK(decisions.size() < knocks);
  CHECK(becomes_true(patience, [&] {
    return number_of(shared_server().db(),
                     fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = 'access.denied' AND "
                                 "actor_id = '{}'",
                                 ann->user_id)) == static_cast<std::int64_t>(decisions.size());
  }));
}

TEST_CASE("access denied: every refusal of a flood names a decision, and what the trail leaves out the log "
          "has [G-AUD-7]") {
  company_server server;
  constexpr int users = 16;
  std::vector<std::string> tokens;
  for (int i = 0; i < users; ++i)
    tokens.push_back(server.new_mechanic()->tokens.access);
  auto routes = guarded_lists(server);
  REQUIRE(routes.size() > 25);  // the trail keeps twenty a second of one caller
  std::mutex mutex;
  std::set<std::string> decisions;
  std::size_t asked = 0;
  {
    std::vector<std::jthread> all;
    for (const auto& token : tokens)
      all.emplace_back([&, token] {
        auto http = server.client();
        http.use_token(token);
        for (const auto& path : routes) {
          auto answer = http.get(path);
          auto id = answer.status == 403 ? text_at(answer, "/details/decisionId") : "no refusal";
          std::lock_guard lock{mutex};
          ++asked;
          decisions.insert(id);
        }
      });
  }
  CHECK(decisions.size() == asked);
  CHECK_FALSE(decisions.contains("(none)"));
  CHECK_FALSE(decisions.contains("no refusal"));
  auto in_log = [&] {
    std::set<std::string> ids;
    for (const auto& line : logged(server, {R"("component":"access","event":"denied")"}))
      if (auto text = text_at(line, "/text"); text.find(", decision ") != std::string::npos)
        ids.insert(text.substr(text.find(", decision ") + 11));
    return ids;
  };
  CHECK(becomes_true(patience, [&] { return std::ranges::includes(in_log(), decisions); }));
}

TEST_CASE("access denied: who is disabled is refused with a decision that the trail knows [G-AUD-7 S90-R1]") {
  desk d;
  auto who = d.user(true);
  auto ann = d.server.signed_in(who.username, first_password);
  REQUIRE(d.admin->http.post("/api/people/users/" + who.user_id + "/disable", "{}").status == 200);
  auto refused = ann->http.get("/api/security/me");
  check_error(refused, 403, "ACCOUNT_DISABLED", "User account is disabled");
  auto decision = text_at(refused, "/details/decisionId");
  auto sql = fmt::format("SELECT reason_code FROM audit.entry WHERE entry_id = '{}'", decision);
  CHECK(becomes_true(patience, [&] { return text_of(d.server.db(), sql) == "ACCOUNT_DISABLED"; }));
  auto outside = d.server.sign_in(who.username, first_password);
  check_error(outside, 403, "ACCOUNT_DISABLED");
  CHECK(uuid::parse(text_at(outside, "/details/decisionId")).has_value());
}

TEST_CASE("access denied: an end user's token opens nothing internal [G-AUTH-6]") {
  auto& server = shared_server();
  auto owner = server.signed_in("demo.owner");
  for (const auto* path : {"/internal/authz/decisions", "/internal/authz/decisions/batch",
                           "/internal/authz/explain", "/internal/permissions/register"}) {
    CAPTURE(path);
    auto entry = check_denied(owner->http.post(path, "{}"));
    CHECK(text_at(entry, "/actor_id") == owner->user_id);
    check_error(server.client().post(path, "{}"), 401, "UNAUTHENTICATED");
  }
}

TEST_CASE("access denied: a service's token opens nothing of the users' [G-AUTH-6]") {
  service pos;
  for (const auto* path : {"/api/security/me", "/api/security/roles", "/api/people/role-assignments",
                           "/api/people/locations", "/api/ops/supervision"}) {
    CAPTURE(path);
    auto entry = check_denied(pos.http.get(path));
    CHECK(text_at(entry, "/actor_type") == "SERVICE");
  }
  check_denied(pos.http.post("/api/people/me/clock-in", "{}"));
  auto claims = claims_of(service_token(shared_server()));
  auto user = claims_of(shared_server().new_mechanic()->tokens.access);
  CHECK(claims.at("aud") != user.at("aud"));
}

TEST_CASE("access denied: client credentials, right and wrong [G-AUTH-7]") {
  company_server server;
  auto ask = [&](boost::json::object changes) {
    boost::json::object body{{"grantType", "client_credentials"},
                             {"clientId", "demo.pos"},
                             {"clientSecret", server.password_of("demo.pos")}};
    for (auto& [key, value] : changes)
      body[key] = value;
    return server.client().post("/api/security/auth/token", json(body));
  };
  auto answer = ask({});
  REQUIRE(answer.status == 200);
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(text_at(answer, "/tokenType") == "Bearer");
  auto refresh = text_at(answer, "/refreshToken");
  CHECK((refresh == "(none)" || refresh == "null"));
  check_error(ask({{"clientSecret", "wrong"}}), 401, "INVALID_CREDENTIALS");
  check_error(ask({{"clientId", "nobody"}}), 401, "INVALID_CREDENTIALS");
  check_error(ask({{"tenant", "rival"}}), 401, "INVALID_CREDENTIALS");
  // A user's name and password are not a client's.
  check_error(ask({{"clientId", "demo.owner"}, {"clientSecret", server.password_of("demo.owner")}}), 401,
              "INVALID_CREDENTIALS");
}

TEST_CASE("access denied: a flood of refusals keeps nobody else's out of the trail [G-AUD-7]") {
  company_server server;
  auto routes = guarded_lists(server);
  auto ben = server.new_mechanic();
  constexpr int noisy = 12, of_ben = 15;
  std::atomic<bool> heard{false};
  std::vector<std::jthread> flood;
  for (int i = 0; i < noisy; ++i)
    flood.emplace_back([&, token = server.new_mechanic()->tokens.access] {
      auto http = server.client();
      http.use_token(token);
      while (!heard)
        for (const auto& path : routes)
          http.get(path);
    });
  std::set<std::string> decisions;
  for (std::size_t i = 0; i < of_ben; ++i)
    decisions.insert(text_at(ben->http.get(routes.at(i)), "/details/decisionId"));
  heard = true;
  flood.clear();
  CHECK(decisions.size() == of_ben);
  CHECK(becomes_true(patience, [&] {
    return number_of(server.db(),
                     fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = 'access.denied' AND "
                                 "actor_id = '{}'",
                                 ben->user_id)) == of_ben;
  }));
}

}  // namespace musterd::testing
