#include "tests/http/sign_in/forged_token.hpp"
#include "tests/http/time/stage.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <latch>
#include <thread>

namespace musterd::testing {
namespace {

http_answer refresh(http_client& http, const std::string& token) {
  return http.post("/api/security/auth/refresh", R"({"refreshToken":")" + token + "\"}");
}

http_answer revoke(http_client& http, const std::string& token) {
  return http.post("/api/security/auth/revoke", R"({"refreshToken":")" + token + "\"}");
}

http_answer me_with(company_server& server, const std::string& token) {
  auto http = server.client();
  http.use_token(token);
  return http.get("/api/security/me");
}

/// An error body without what differs between answers.
boost::json::value comparable(const http_answer& answer) {
  auto body = json_of(answer);
  body.as_object().erase("correlationId");
  body.as_object().erase("timestamp");
  return body;
}

std::string key_file(company_server& server) {
  return std::filesystem::path{server.process().log()}.replace_filename("signing.json").string();
}

}  // namespace

TEST_CASE("tokens: hundred and fifty requests of one user at once, after a restart: none is refused") {
  company_server server;
  auto ann = server.new_mechanic();
  server.restart();
  std::atomic<int> let_in = 0;
  std::latch ready{150};
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 150; ++i)
      all.emplace_back([&] {
        ready.arrive_and_wait();
        let_in += me_with(server, ann->tokens.access).status == 200;
      });
  }
  CHECK(let_in == 150);
}

TEST_CASE("tokens: a sign-in gives tokens that work") {
  auto& server = shared_server();
  auto answer = server.sign_in("demo.manager", server.password_of("demo.manager"));
  REQUIRE(answer.status == 200);
  CHECK(answer.header("cache-control") == "no-store");
  auto body = json_of(answer);
  CHECK(body.as_object().size() == 6);
  CHECK(text_at(body, "/tokenType") == "Bearer");
  CHECK(std::stol(text_at(body, "/expiresIn")) == access_token_seconds);
  CHECK(std::stol(text_at(body, "/refreshExpiresIn")) > access_token_seconds);
  auto me = me_with(server, text_at(body, "/accessToken"));
  REQUIRE(me.status == 200);
  CHECK(text_at(me, "/user/username") == "demo.manager");
  CHECK(text_at(me, "/person/lastName") == "Novak");
  CHECK(me.body.find("argon2") == std::string::npos);
  auto whole = json_of(me);
  CHECK(whole.at("roles").as_array().size() == 1);
  CHECK(text_at(whole, "/roles/0/roleName") == "MANAGER");
  CHECK(boost::json::serialize(whole.at("permissions")).find("timekeeping:timecard:view") !=
        std::string::npos);
  CHECK(server.sign_in("DEMO.Manager", server.password_of("demo.manager")).status == 200);
  CHECK(header_of(text_at(body, "/accessToken")).at("alg") == "ES256");
}

TEST_CASE("tokens: a wrong password and an unknown user get the same answer [D-12]") {
  auto& server = shared_server();
  auto wrong = server.sign_in("rosa.alvarez", "wrong"), unknown = server.sign_in("nobody.at.all", "wrong"),
       foreign = server.sign_in("rosa.alvarez", server.password_of("rosa.alvarez"), "rival"),
       nowhere = server.sign_in("rosa.alvarez", server.password_of("rosa.alvarez"), "no-such-tenant");
  check_error(wrong, 401, "INVALID_CREDENTIALS");
  for (const auto* other : {&unknown, &foreign, &nowhere}) {
    CHECK(other->status == 401);
    CHECK(comparable(*other) == comparable(wrong));
  }
  CHECK(server.sign_in("rosa.alvarez", server.password_of("rosa.alvarez")).status == 200);
  auto refused = server.client().post("/api/security/auth/token", R"({"username":""})");
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(refused) == std::set<std::string>{"username", "password"});
  refused = server.client().post("/api/security/auth/token", R"({"username":"x","pass":"x"})");
  CHECK(wrong_fields(refused) == std::set<std::string>{"pass"});
  refused = server.client().post("/api/security/auth/token", R"({"grantType":"client_credentials"})");
  CHECK(wrong_fields(refused) == std::set<std::string>{"clientId", "clientSecret"});
}

TEST_CASE("tokens: who fails too often has to wait, whether the user exists or not") {
  company_server server;
  for (const auto* name : {"demo.auditor", "nobody"}) {
    CAPTURE(name);
    http_answer answer;
    int failures = 0;
    for (; failures < 20 && (answer = server.sign_in(name, "guess")).status == 401; ++failures) {
    }
    check_error(answer, 429, "TOO_MANY_REQUESTS");
    CHECK(failures == 6);
    CHECK(std::stoi(answer.header("retry-after")) >= 1);
  }
  // Meanwhile not even the right password is compared; others are not held up.
  for (int i = 0; i < 3; ++i)
    server.sign_in("demo.auditor", "guess");
  check_error(server.sign_in("Demo.Auditor", server.password_of("demo.auditor")), 429, "TOO_MANY_REQUESTS");
  CHECK(server.sign_in("demo.hr", server.password_of("demo.hr")).status == 200);
  CHECK(becomes_true(
      patience,
      [&] { return server.sign_in("demo.auditor", server.password_of("demo.auditor")).status == 200; },
      std::chrono::milliseconds{200}));
}

TEST_CASE("tokens: refresh rotates; a token used before ends its session at once") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto elsewhere = json_of(server.sign_in(ann->username, server.password_of("demo.mechanic")));
  auto http = server.client();

  auto second = refresh(http, ann->tokens.refresh);
  REQUIRE(second.status == 200);
  CHECK(second.header("cache-control") == "no-store");
  auto second_access = text_at(second, "/accessToken"), second_refresh = text_at(second, "/refreshToken");
  CHECK(second_refresh != ann->tokens.refresh);
  CHECK(me_with(server, second_access).status == 200);
  CHECK(me_with(server, ann->tokens.access).status == 200);

  check_error(refresh(http, ann->tokens.refresh), 401, "UNAUTHENTICATED");
  check_error(refresh(http, second_refresh), 401, "UNAUTHENTICATED");
  check_error(me_with(server, second_access), 401, "UNAUTHENTICATED");
  check_error(me_with(server, ann->tokens.access), 401, "UNAUTHENTICATED");
  // The user's other session goes on.
  CHECK(me_with(server, text_at(elsewhere, "/accessToken")).status == 200);
  CHECK(refresh(http, text_at(elsewhere, "/refreshToken")).status == 200);
}

TEST_CASE("tokens: revoke ends the session; unknown tokens are no fault") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto http = server.client();
  CHECK(revoke(http, ann->tokens.refresh).status == 204);
  check_error(me_with(server, ann->tokens.access), 401, "UNAUTHENTICATED");
  check_error(ann->clock_in(), 401, "UNAUTHENTICATED");
  check_error(refresh(http, ann->tokens.refresh), 401, "UNAUTHENTICATED");
  CHECK(revoke(http, ann->tokens.refresh).status == 204);
  CHECK(revoke(http, "made-up").status == 204);
  check_error(refresh(http, "made-up"), 401, "UNAUTHENTICATED");
}

TEST_CASE("tokens: missing, malformed and forged ones are refused [G-AUTH-2 D-12]") {
  company_server server;
  auto ann = server.new_mechanic();
  auto token = ann->tokens.access;
  auto refused = [&](const std::string& what, const std::string& forged) {
    CAPTURE(what);
    auto answer = me_with(server, forged);
    check_error(answer, 401, "UNAUTHENTICATED");
    CHECK(answer.header("www-authenticate").starts_with("Bearer"));
    CHECK(answer.body.find("eyJ") == std::string::npos);
  };
  check_error(server.client().get("/api/security/me"), 401, "UNAUTHENTICATED");
  auto http = server.client();
  check_error(http.send("GET", "/api/security/me", {{{"Authorization", "Basic YTpi"}}, {}}), 401,
              "UNAUTHENTICATED");
  check_error(http.send("GET", "/api/security/me", {{{"Authorization", token}}, {}}), 401, "UNAUTHENTICATED");
  CHECK(http.send("GET", "/api/security/me", {{{"Authorization", "bearer " + token}}, {}}).status == 200);

  refused("nonsense", "nonsense");
  refused("too long", std::string(10'000, 'a') + ".b.c");
  refused("cut", token.substr(0, token.size() - 4));
  auto changed = token;
  changed[changed.rfind('.') - 3] = changed[changed.rfind('.') - 3] == 'A' ? 'B' : 'A';
  refused("changed", changed);

  auto header = header_of(token);
  auto claims = claims_of(token);
  auto own = [&](const boost::json::object& c) { return signed_with_file(key_file(server), header, c); };
  auto with = [&](const char* name, boost::json::value value) {
    auto c = claims;
    c[name] = std::move(value);
    return c;
  };
  CHECK(me_with(server, own(claims)).status == 200);
  auto now = claims.at("iat").to_number<std::int64_t>();
  refused("expired", own(with("exp", now - 3600)));
  refused("not yet", own(with("nbf", now + 3600)));
  refused("without end", own(with("exp", nullptr)));
  refused("other issuer", own(with("iss", "somebody")));
  refused("other audience", own(with("aud", "another-service")));
  refused("other tenant", own(with("tenant", rival_tenant)));
  refused("other user", own(with("sub", boost::json::string{to_string(uuid::generate())})));
  refused("other session", own(with("fam", boost::json::string{to_string(uuid::generate())})));
  refused("a key of nobody", signed_with_stranger(header, claims));
  refused("none", unsigned_token(header, claims));
  auto jwks = json_of(server.client().get("/.well-known/jwks.json"));
  refused("HMAC with the public key",
          signed_with_secret(boost::json::serialize(jwks.at("keys").at(0)), header, claims));
  auto typed = header;
  typed["typ"] = "JWT";
  refused("another kind of token", signed_with_file(key_file(server), typed, claims));
}

TEST_CASE("tokens: jwks shows the public key, and only that") {
  auto& server = shared_server();
  auto answer = server.client().get("/.well-known/jwks.json");
  REQUIRE(answer.status == 200);
  auto keys = json_of(answer).at("keys").as_array();
  REQUIRE(keys.size() == 1);
  CHECK(text_at(keys[0], "/kty") == "EC");
  CHECK(text_at(keys[0], "/crv") == "P-256");
  CHECK(text_at(keys[0], "/d") == "(none)");
  CHECK(header_of(server.new_mechanic()->tokens.access).at("kid") == keys[0].at("kid"));
}

TEST_CASE("tokens: a disabled user is refused everywhere, with tokens from before too") {
  company_server server;
  auto ann = server.new_mechanic();
  CHECK(ann->clock_in().status == 201);
  pqxx::nontransaction{server.db()}.exec(
      fmt::format("UPDATE security.app_user SET status = 'DISABLED' WHERE user_id = '{}'", ann->user_id));
  server.restart();
  auto http = server.client();
  http.use_token(ann->tokens.access);
  check_error(http.get("/api/security/me"), 403, "ACCOUNT_DISABLED", "User account is disabled");
  check_error(http.post("/api/people/me/clock-out", "{}"), 403, "ACCOUNT_DISABLED");
  check_error(refresh(http, ann->tokens.refresh), 403, "ACCOUNT_DISABLED");
  check_error(server.sign_in(ann->username, server.password_of("demo.mechanic")), 403, "ACCOUNT_DISABLED",
              "User account is disabled");
  check_error(server.sign_in(ann->username, "wrong"), 401, "INVALID_CREDENTIALS");
  CHECK(number_of(server.db(),
                  fmt::format(
                      "SELECT count(*) FROM people.clock_session WHERE person_id = '{}' AND status = 'OPEN'",
                      ann->person_id)) == 1);
}

TEST_CASE("tokens: who has no permission is denied without details [G-AUTH-3 D-12]") {
  auto& server = shared_server();
  auto reader = server.signed_in("demo.operator");
  check_error(reader->clock_in(), 403, "ACCESS_DENIED", "Access Denied");
  check_error(server.new_mechanic()->http.get("/api/ops/supervision"), 403, "ACCESS_DENIED", "Access Denied");
  CHECK(reader->http.get("/api/ops/supervision").status == 200);
}

}  // namespace musterd::testing
