#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Services are records of their company: looked up at each use, limited to their scopes, managed through the
/// API.
namespace musterd::testing {
namespace {

http_answer sign_in_as(company_server& at, const std::string& name, const std::string& secret) {
  return at.client().post(
      "/api/security/auth/token",
      json({{"grantType", "client_credentials"}, {"clientId", name}, {"clientSecret", secret}}));
}

/// A question that any service with the scope may ask.
http_answer ask_with(company_server& at, const std::string& token) {
  auto http = at.client();
  http.use_token(token);
  return http.post("/internal/authz/decisions", json(question(nobody, "people:person:view")));
}

const std::string all_services = "/api/security/services";

boost::json::object wanted(const std::string& name,
                           boost::json::array scopes = {"security:authorization:decide"}) {
  return {{"name", name}, {"scopes", std::move(scopes)}};
}

std::string new_name() {
  return "svc." + to_string(uuid::generate());
}

/// A service that demo.owner admitted, and its token.
struct let_in {
  desk d;
  std::string name = new_name(), id, secret, token;

  explicit let_in(boost::json::array scopes = {"security:authorization:decide"}) {
    auto made = d.admin->http.post(all_services, json(wanted(name, std::move(scopes))));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    id = text_at(made, "/clientId");
    secret = text_at(made, "/clientSecret");
    token = sign_in();
  }
  std::string path() const { return all_services + '/' + id; }
  std::string sign_in() { return text_at(sign_in_as(d.server, name, secret), "/accessToken"); }
};

}  // namespace

TEST_CASE("Security: the token of a service that is revoked, or that nobody knows, opens nothing") {
  company_server server;
  auto token = service_token(server);
  CHECK(ask_with(server, token).status == 200);
  server.restart();
  CHECK(ask_with(server, token).status == 200);  // the first request about this company
  pqxx::nontransaction{server.db()}.exec(
      "UPDATE security.service_client SET revoked_at = now(), version = version + 1 WHERE name = 'demo.pos'");
  server.restart();
  CHECK(ask_with(server, token).status == 401);
  CHECK(sign_in_as(server, "demo.pos", server.password_of("demo.pos")).status == 401);
}

TEST_CASE("Security: a service that is let in works at once, and not any more once it is revoked") {
  let_in pos;
  CHECK(ask_with(pos.d.server, pos.token).status == 200);
  auto shown = pos.d.admin->http.get(pos.path());
  CHECK(text_at(shown, "/name") == pos.name);
  CHECK(shown.body.find(pos.secret) == std::string::npos);
  CHECK(shown.body.find("argon2") == std::string::npos);
  CHECK(pos.d.admin->http.post(all_services, json(wanted(pos.name))).status == 409);
  CHECK(pos.d.admin->http.send("DELETE", pos.path(), {}).status == 204);
  CHECK(ask_with(pos.d.server, pos.token).status == 401);
  CHECK(sign_in_as(pos.d.server, pos.name, pos.secret).status == 401);
  CHECK(pos.d.admin->http.get(pos.path()).status == 404);
  CHECK(pos.d.admin->http.post(all_services, json(wanted(pos.name))).status ==
        201);  // the name is free again
}

TEST_CASE("Security: a service may do what its scopes say; anything else is refused on record [G-AUTH-7]") {
  let_in pos{{"security:permission:register"}};
  auto refused = ask_with(pos.d.server, pos.token);
  CHECK(refused.status == 403);
  auto decision = text_at(refused, "/details/decisionId");
  CHECK_FALSE(decision.empty());
  auto more = json({{"scopes", {"security:authorization:decide", "security:permission:register"}}});
  CHECK(pos.d.admin->http.send("PATCH", pos.path(), {{}, more}).status == 200);
  CHECK(ask_with(pos.d.server, pos.token).status == 200);
  auto none = json({{"scopes", boost::json::array{"people:user:disable"}}});
  CHECK(pos.d.admin->http.send("PATCH", pos.path(), {{}, none}).status == 400);
}

TEST_CASE("Security: while a secret is replaced two are valid, and an ended one ends its tokens") {
  let_in pos;
  auto rotate = [&](const std::string& how) { return pos.d.admin->http.post(pos.path() + "/secrets", how); };
  auto made = rotate("{}");
  REQUIRE(made.status == 201);
  auto newer = text_at(made, "/clientSecret");
  CHECK(newer != pos.secret);
  auto by_new = text_at(sign_in_as(pos.d.server, pos.name, newer), "/accessToken");
  CHECK(ask_with(pos.d.server, by_new).status == 200);
  CHECK(ask_with(pos.d.server, pos.sign_in()).status == 200);
  CHECK(text_at(rotate("{}"), "/code") == "TOO_MANY_SECRETS");
  auto old = pos.path() + "/secrets/" + text_at(made, "/secrets/0/secretId");
  CHECK(pos.d.admin->http.send("DELETE", old, {}).status == 204);
  CHECK(pos.d.admin->http.send("DELETE", old, {}).status == 404);
  CHECK(ask_with(pos.d.server, pos.token).status == 401);
  CHECK(sign_in_as(pos.d.server, pos.name, pos.secret).status == 401);
  CHECK(ask_with(pos.d.server, by_new).status == 200);
  // The remaining secret can be given an end: at once, for an instant that has passed.
  CHECK(rotate(json({{"previousEndsAt", yesterday}})).status == 201);
  CHECK(ask_with(pos.d.server, by_new).status == 401);
  CHECK(sign_in_as(pos.d.server, pos.name, newer).status == 401);
}

TEST_CASE("Security: a secret is shown once, and neither trail nor stored answers have it") {
  desk d;
  auto name = new_name();
  auto make = [&] {
    return d.admin->http.send("POST", all_services, {{{"Idempotency-Key", name}}, json(wanted(name))});
  };
  auto made = make(), again = make();
  REQUIRE(made.status == 201);
  auto secret = text_at(made, "/clientSecret");
  CHECK(secret.size() == 32);
  CHECK(again.status == 201);
  CHECK(text_at(again, "/clientId") == text_at(made, "/clientId"));
  CHECK(again.body.find(secret) == std::string::npos);
  auto trail = d.audit(text_at(made, "/clientId"), "service.created");
  REQUIRE(trail.size() == 1);
  auto text = boost::json::serialize(trail);
  CHECK(text.find(name) != std::string::npos);
  CHECK(text.find("argon2") == std::string::npos);
  CHECK(number_of(
            d.server.db(),
            fmt::format("SELECT count(*) FROM journal.idempotency_key WHERE body LIKE '%{}%'", secret)) == 0);
}

TEST_CASE(
    "Security: whoever lets a service do something must be allowed it; ADMIN is, a mere keeper is not") {
  desk d;
  auto admin = d.server.signed_in("demo.admin");
  CHECK(admin->http.post(all_services, json(wanted(new_name()))).status == 201);
  auto role =
      text_at(d.admin->http.post(
                  "/api/security/roles",
                  json({{"roleName", new_name()},
                        {"allowedScopes", boost::json::array{"GLOBAL"}},
                        {"permissionKeys", {"security:service:manage", "security:permission:register"}}})),
              "/roleId");
  auto who = d.user(true);
  d.assigned({{"userId", who.user_id},
              {"roleId", role},
              {"scopeType", "GLOBAL"},
              {"effectiveStartDate", yesterday}});
  auto keeper = d.server.signed_in(who.username, first_password);
  CHECK(keeper->http.post(all_services, json(wanted(new_name(), {"security:permission:register"}))).status ==
        201);
  auto refused = keeper->http.post(all_services, json(wanted(new_name())));
  CHECK(text_at(refused, "/code") == "EXCEEDS_OWN_AUTHORITY");
  // Nor may they get a secret of a service that may do more than they.
  let_in pos;
  CHECK(keeper->http.post(pos.path() + "/secrets", "{}").status == 403);
  CHECK(keeper->http.send("DELETE", pos.path(), {}).status == 403);
}

}  // namespace musterd::testing
