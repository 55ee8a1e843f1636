#include "tests/http/access/listed_routes.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

/// Who is let in where: every route as every default role, against a table for people to read.
namespace musterd::testing {
namespace {

/// The columns of the table: roles, and whether one is held at one shop only.
const std::vector<std::string> holders{"OWNER",
                                       "GLOBAL_ADMIN",
                                       "ADMIN",
                                       "SECURITY_ADMIN",
                                       "HR",
                                       "HR@NYC",
                                       "MANAGER",
                                       "MANAGER@NYC",
                                       "SHOP_MANAGER@NYC",
                                       "ACCOUNTING",
                                       "AUDITOR",
                                       "DISPATCHER@NYC",
                                       "SERVICE_WRITER@NYC",
                                       "ADVISOR@NYC",
                                       "MECHANIC@NYC",
                                       "INVENTORY",
                                       "REPORTING",
                                       "READ_ONLY",
                                       "READ_ONLY@NYC"};

struct roster {
  company_server server;
  desk d{server};

  std::unique_ptr<visitor> holder_of(const std::string& column) {
    auto who = d.user(true);
    auto role = column.substr(0, column.find('@'));
    d.assigned(d.assignment(who.user_id, role, column == role ? "" : demo_shop));
    return server.signed_in(who.username, first_password);
  }
};

http_answer knock(http_client& http, const listed_route& route) {
  return http.send(route.method, route.path_with(to_string(uuid::generate())), message_for(route));
}

/// Who is let in, by route, from tests/http/access/access_matrix.txt: "GET /api/...: OWNER ADMIN".
std::map<std::string, std::string> written_table() {
  std::ifstream file{needed_environment("MUSTERD_SOURCE_DIR") + "/tests/http/access/access_matrix.txt"};
  std::map<std::string, std::string> result;
  for (std::string line; std::getline(file, line);)
    if (auto colon = line.find(": "); !line.starts_with('#') && colon != std::string::npos)
      result[line.substr(0, colon)] = line.substr(colon + 2);
  return result;
}

std::string names_of(const std::vector<std::string>& allowed) {
  if (allowed.size() == holders.size())
    return "everybody";
  return allowed.empty() ? "nobody" : fmt::format("{}", fmt::join(allowed, " "));
}

}  // namespace

TEST_CASE("access: every route lets in the roles of access_matrix.txt and no others [G-AUTH-3 G-AUD-14]") {
  roster r;
  auto routes = listed_routes(r.server);
  std::map<std::string, std::vector<std::string>> allowed;
  for (const auto& column : holders) {
    auto who = r.holder_of(column);
    for (const auto& route : routes) {
      if (route.access == "OPEN")
        continue;
      auto line = route.method + ' ' + route.path;
      CAPTURE(line);
      CAPTURE(column);
      auto answer = knock(who->http, route);
      CHECK(answer.status < 500);
      CHECK(answer.status != 401);
      auto& names = allowed[line];
      if (answer.status != 403)
        names.push_back(column);
      else
        CHECK(text_at(answer, "/code") == "ACCESS_DENIED");
    }
  }
  auto written = written_table();
  for (const auto& [line, names] : allowed) {
    CHECK_MESSAGE(written[line] == names_of(names), fmt::format("{}: {}", line, names_of(names)));
    written.erase(line);
  }
  for (const auto& [line, unused] : written)
    FAIL_CHECK("no such route: " << line);
}

TEST_CASE("access: who holds no role sees only what is their own [G-AUTH-1 D-75]") {
  roster r;
  auto nina = r.d.visitor_without_roles();
  int let_in = 0;
  for (const auto& route : listed_routes(r.server)) {
    if (route.access == "OPEN")
      continue;
    CAPTURE(route.path);
    auto status = knock(nina->http, route).status;
    CHECK((status != 403) == (route.access == "SELF"));
    let_in += status != 403;
  }
  CHECK(let_in >= 3);
}

TEST_CASE("access: a disabled owner is let in nowhere, with a token from before") {
  roster r;
  auto owner = r.holder_of("OWNER");
  pqxx::nontransaction{r.server.db()}.exec(
      fmt::format("UPDATE security.app_user SET status = 'DISABLED' WHERE user_id = '{}'", owner->user_id));
  r.server.restart();
  http_client http{r.server.url(), patience};
  http.use_token(owner->tokens.access);
  for (const auto& route : listed_routes(r.server)) {
    if (route.access == "OPEN")
      continue;
    CAPTURE(route.path);
    auto answer = knock(http, route);
    CHECK(answer.status == 403);
    // No end user's token opens anything internal.
    CHECK(text_at(answer, "/code") == (route.access == "INTERNAL" ? "ACCESS_DENIED" : "ACCOUNT_DISABLED"));
  }
}

TEST_CASE("access: another company's owner gets nowhere with an id of ours") {
  roster r;
  auto ann = r.d.user();
  auto assignment = r.d.assigned(r.d.assignment(ann.user_id, "MANAGER", demo_shop));
  auto role = text_at(
      r.d.admin->http.post("/api/security/roles",
                           json({{"roleName", "Ours"}, {"allowedScopes", boost::json::array{"GLOBAL"}}})),
      "/roleId");
  auto rita = r.server.signed_in("rival.owner");
  auto fingerprint = [&] {
    return text_of(
        r.server.db(),
        fmt::format("SELECT md5((SELECT string_agg(a::text, '' ORDER BY assignment_id) FROM "
                    "people.role_assignment a WHERE tenant_id = '{0}') || (SELECT "
                    "string_agg(r::text, '' ORDER BY role_id) FROM security.role r WHERE tenant_id "
                    "= '{0}') || (SELECT string_agg(u::text, '' ORDER BY user_id) FROM "
                    "security.app_user u WHERE tenant_id = '{0}') || (SELECT string_agg(c::text, '' "
                    "ORDER BY user_id) FROM security.user_credential c WHERE tenant_id = '{0}') || "
                    "(SELECT string_agg(l::text, '' ORDER BY location_id) FROM people.location l "
                    "WHERE tenant_id = '{0}'))",
                    demo_tenant));
  };
  auto before = fingerprint();
  REQUIRE(!before.empty());
  const std::vector<std::string> bodies{"{}",
                                        json({{"permissionKeys", boost::json::array{}}}),
                                        json({{"description", "mine"}}),
                                        json({{"name", "mine"}}),
                                        json({{"password", "a new long password"}}),
                                        json({{"effectiveEndDate", tomorrow}, {"version", 1}}),
                                        json({{"personId", ann.person_id}, {"username", "rita.too"}}),
                                        json(r.d.assignment(ann.user_id, "MANAGER", demo_shop)),
                                        json({{"userId", rita->user_id},
                                              {"roleId", role},
                                              {"scopeType", "GLOBAL"},
                                              {"effectiveStartDate", yesterday}}),
                                        json({{"userId", rita->user_id},
                                              {"roleId", r.d.role("MANAGER")},
                                              {"scopeType", "LOCATION"},
                                              {"locationId", demo_shop},
                                              {"effectiveStartDate", yesterday}}),
                                        json({{"locationId", demo_shop}}),
                                        json({{"reason", "mine"}}),
                                        json({{"justification", "mine"}}),
                                        json({{"isPrimary", true}, {"version", 1}})};
  const std::set<std::string> nothing_of_their_own{"NO_ACTIVE_BREAK", "NOT_CLOCKED_IN", "NO_ACTIVE_TIMER"};
  for (const auto& route : listed_routes(r.server)) {
    bool takes_id = route.path.find('{') != std::string::npos;
    if (route.access == "OPEN" || (!takes_id && route.method == "GET"))
      continue;
    if (!takes_id && route.access == "SELF")  // whatever it does, it does to the caller
      continue;
    bool was_looked_for = false;
    for (const auto& id : {ann.user_id, ann.person_id, assignment, role, std::string{demo_shop}})
      for (const auto& body : bodies) {
        auto path = route.path_with(id);
        if (path.ends_with("/timecards"))
          path += "?from=2026-01-01&to=2026-12-31";
        CAPTURE(route.method);
        CAPTURE(path);
        CAPTURE(body);
        auto answer = rita->http.send(route.method, path, message_for(route, body));
        bool nothing_in_it = answer.status == 200 && text_at(answer, "/items") == "[]";
        bool not_theirs = answer.status == 403 || answer.status == 404 || nothing_in_it;
        was_looked_for = was_looked_for || not_theirs;
        CHECK(
            (not_theirs || answer.status == 400 || nothing_of_their_own.contains(text_at(answer, "/code"))));
      }
    // 400 alone would not show whose it is.
    if (takes_id)
      CHECK_MESSAGE(was_looked_for, route.path);
  }
  CHECK(fingerprint() == before);
}

}  // namespace musterd::testing
