#include "tests/http/desk.hpp"

#include <fmt/format.h>

/// Services are records of their company: looked up at each use, limited to their scopes, kept through the
/// API.
namespace musterd::testing {
namespace {

http_answer sign_in_as(company_server& at, const std::string& name, const std::string& secret) {
  return at.client().post(
      "/api/security/auth/token",
      json({{"grantType", "client_credentials"}, {"clientId", name}, {"clientSecret", secret}}));
}

/// What any service with the scope may ask.
http_answer ask_with(company_server& at, const std::string& token) {
  auto http = at.client();
  http.use_token(token);
  return http.post("/internal/authz/decisions", json(question(nobody, "people:person:view")));
}

}  // namespace

TEST_CASE("Security: the token of a service that is revoked, or that nobody knows, opens nothing") {
  company_server server;
  auto token = service_token(server);
  CHECK(ask_with(server, token).status == 200);
  server.restart();
  CHECK(ask_with(server, token).status == 200);  // the first that anybody asks of the company
  pqxx::nontransaction{server.db()}.exec(
      "UPDATE security.service_client SET revoked_at = now(), version = version + 1 WHERE name = 'demo.pos'");
  server.restart();
  CHECK(ask_with(server, token).status == 401);
  CHECK(sign_in_as(server, "demo.pos", server.password_of("demo.pos")).status == 401);
}

}  // namespace musterd::testing
