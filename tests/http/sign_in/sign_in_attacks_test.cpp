#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <latch>
#include <thread>

/// Nobody can lock out anybody else, and guessing does not pay. Attackers have addresses of their own.
namespace musterd::testing {
namespace {

constexpr auto sign_in_path = "/api/security/auth/token";
constexpr auto attackers_place = "127.0.0.66";

std::string credentials(const std::string& username, const std::string& password) {
  return json({{"username", username}, {"password", password}});
}

http_answer sign_in_from(company_server& at, const std::string& address, const std::string& username,
                         const std::string& password) {
  auto http = at.client();
  http.come_from(address);
  return http.post(sign_in_path, credentials(username, password));
}

http_answer service_from(company_server& at, const std::string& address, const std::string& secret) {
  auto http = at.client();
  http.come_from(address);
  return http.post(
      sign_in_path,
      json({{"grantType", "client_credentials"}, {"clientId", "demo.pos"}, {"clientSecret", secret}}));
}

http_answer refresh_from(company_server& at, const std::string& address, const std::string& token) {
  auto http = at.client();
  http.come_from(address);
  return http.post("/api/security/auth/refresh", json({{"refreshToken", token}}));
}

/// Wrong passwords from ever new addresses, until a new one is refused.
void guess_from_everywhere(company_server& at, const std::string& username, int network) {
  for (int i = 1; i < 250; ++i)
    if (sign_in_from(at, fmt::format("127.0.{}.{}", network, i), username, "a guess").status == 429)
      return;
  FAIL("guesses from everywhere were not limited");
}

}  // namespace

TEST_CASE("Security: sixty-four guesses at once are six guesses, and the user comes in from elsewhere") {
  company_server server;
  auto ann = server.new_mechanic();
  std::vector<int> statuses(64);
  std::latch ready{64};
  {
    std::vector<std::jthread> guessers;
    for (auto& status : statuses)
      guessers.emplace_back([&] {
        ready.arrive_and_wait();
        status = sign_in_from(server, attackers_place, ann->username, "a guess").status;
      });
    CHECK(sign_in_from(server, "127.0.0.3", ann->username, server.password_of("demo.mechanic")).status ==
          200);
  }
  CHECK(std::count(statuses.begin(), statuses.end(), 401) <= 6);
  CHECK(std::count(statuses.begin(), statuses.end(), 429) >= 58);
  auto right = server.password_of("demo.mechanic");
  CHECK(sign_in_from(server, "127.0.0.3", ann->username, right).status == 200);
  CHECK(sign_in_from(server, "127.0.0.4", ann->username, right).status == 200);
}

TEST_CASE(
    "Security: who guesses has to wait, whatever they guess next, and for no longer than they are told") {
  company_server server;
  auto ann = server.new_mechanic();
  for (int i = 0; i < 6; ++i)
    check_error(sign_in_from(server, attackers_place, ann->username, "a guess"), 401, "INVALID_CREDENTIALS");
  auto right = server.password_of("demo.mechanic");
  auto refused = sign_in_from(server, attackers_place, ann->username, right);
  check_error(refused, 429, "TOO_MANY_REQUESTS");
  CHECK(refused.header("retry-after") == "1");
  CHECK(becomes_true(
      patience, [&] { return sign_in_from(server, attackers_place, ann->username, right).status == 200; }));
}

TEST_CASE("Security: guesses from everywhere hold up new addresses, not where the user signed in before") {
  company_server server{{{"MUSTERD_AUTH_GUESSES_PER_USER", "20"}}};
  auto ann = server.new_mechanic();
  auto right = server.password_of("demo.mechanic");
  auto home = "127.0.0.7", other = "127.0.0.8", never = "127.0.0.9";
  REQUIRE(sign_in_from(server, home, ann->username, right).status == 200);
  REQUIRE(sign_in_from(server, other, ann->username, right).status == 200);
  guess_from_everywhere(server, ann->username, 1);
  check_error(sign_in_from(server, never, ann->username, right), 429, "TOO_MANY_REQUESTS");
  CHECK(sign_in_from(server, home, ann->username, right).status == 200);
  // What a restart forgets is in the database.
  server.restart();
  guess_from_everywhere(server, ann->username, 2);
  check_error(sign_in_from(server, never, ann->username, right), 429, "TOO_MANY_REQUESTS");
  CHECK(sign_in_from(server, home, ann->username, right).status == 200);
  CHECK(sign_in_from(server, other, ann->username, right).status == 200);
  // Others are not affected.
  CHECK(sign_in_from(server, never, "demo.hr", server.password_of("demo.hr")).status == 200);
}

TEST_CASE("Security: after a restart, too, whoever was there before comes in where others have guessed") {
  company_server server;
  auto ann = server.new_mechanic();
  auto right = server.password_of("demo.mechanic");
  auto office = "127.0.0.7";
  REQUIRE(sign_in_from(server, office, ann->username, right).status == 200);
  server.restart();
  for (int i = 0; i < 60; ++i)
    sign_in_from(server, office, fmt::format("nobody.{}", i), "a guess");
  check_error(sign_in_from(server, office, "nobody.else", "a guess"), 429, "TOO_MANY_REQUESTS");
  CHECK(sign_in_from(server, office, ann->username, right).status == 200);
}

TEST_CASE("Security: a service that signs in sixteen times at once is let in each time") {
  company_server server;
  std::vector<int> statuses(16);
  {
    std::vector<std::jthread> clients;
    for (auto& status : statuses)
      clients.emplace_back(
          [&] { status = service_from(server, "127.0.0.3", server.password_of("demo.pos")).status; });
  }
  CHECK(statuses == std::vector<int>(16, 200));
}

TEST_CASE("Security: wrong secrets for a service hold up whoever sends them, not the service") {
  company_server server;
  for (int i = 0; i < 6; ++i)
    check_error(service_from(server, attackers_place, "a guess"), 401, "INVALID_CREDENTIALS");
  check_error(service_from(server, attackers_place, "a guess"), 429, "TOO_MANY_REQUESTS");
  CHECK(service_from(server, "127.0.0.3", server.password_of("demo.pos")).status == 200);
  for (int i = 1; i < 150; ++i)
    service_from(server, fmt::format("127.0.3.{}", i), "a guess");
  CHECK(service_from(server, "127.0.0.4", server.password_of("demo.pos")).status == 200);
}

TEST_CASE("Security: made-up refresh tokens hold up nobody behind their address") {
  company_server server;
  auto ann = server.new_mechanic();
  auto made_up = ann->tokens.refresh;  // of no session: the bytes of its id are changed
  std::fill_n(made_up.begin() + 44, 16, 'A');
  auto http = server.client();
  for (const auto& bad : {std::string{"garbage"}, made_up})
    for (int i = 0; i < 60; ++i) {
      check_error(refresh_from(server, "127.0.0.1", bad), 401, "UNAUTHENTICATED");
      REQUIRE(http.post("/api/security/auth/revoke", json({{"refreshToken", bad}})).status == 204);
    }
  auto next = refresh_from(server, "127.0.0.1", ann->tokens.refresh);
  CHECK(next.status == 200);
  CHECK(server.sign_in("demo.hr", server.password_of("demo.hr")).status == 200);
  CHECK(http.post("/api/security/auth/revoke", json({{"refreshToken", text_at(next, "/refreshToken")}}))
            .status == 204);
  check_error(refresh_from(server, "127.0.0.1", text_at(next, "/refreshToken")), 401, "UNAUTHENTICATED");
}

TEST_CASE("Security: who knows a session's id, and no token of it, cannot end it") {
  company_server server;
  desk d{server};
  auto ann = server.new_mechanic();
  auto made_up = ann->tokens.refresh;  // the right tenant, person, session and generation; zeros for a secret
  std::fill(made_up.begin() + 72, made_up.end(), 'A');
  auto later = made_up;
  later[68] = later[68] == 'B' ? 'C' : 'B';
  auto http = server.client();
  http.come_from(attackers_place);
  for (const auto& token : {made_up, later}) {
    check_error(refresh_from(server, attackers_place, token), 401, "UNAUTHENTICATED");
    CHECK(http.post("/api/security/auth/revoke", json({{"refreshToken", token}})).status == 204);
  }
  CHECK(ann->http.get("/api/security/me").status == 200);
  auto second = refresh_from(server, "127.0.0.1", ann->tokens.refresh);
  REQUIRE(second.status == 200);
  CHECK(d.audit(ann->user_id, "REFRESH_TOKEN_REUSED").empty());
  // One that was issued ends it, without naming anybody as the actor.
  check_error(refresh_from(server, attackers_place, ann->tokens.refresh), 401, "UNAUTHENTICATED");
  check_error(refresh_from(server, "127.0.0.1", text_at(second, "/refreshToken")), 401, "UNAUTHENTICATED");
  auto entries = d.audit(ann->user_id, "REFRESH_TOKEN_REUSED");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/actor_id") == to_string(uuid{}));
  CHECK(text_at(entries[0], "/client_address") == attackers_place);
}

TEST_CASE("Security: a session whose id is no hash, as they once began, goes on with its latest token only") {
  company_server server;
  auto ann = server.new_mechanic();
  auto token = ann->tokens.refresh;
  std::fill_n(token.begin() + 44, 16, 'A');
  pqxx::nontransaction tx{server.db()};
  tx.exec("ALTER TABLE security.session_origin DROP CONSTRAINT origin_session");
  tx.exec(fmt::format("UPDATE security.refresh_token_family SET family_id = overlay(replace(family_id::text, "
                      "'-', '') PLACING repeat('0', 24) FROM 3)::uuid WHERE user_id = '{}'",
                      ann->user_id));
  server.restart();
  auto second = refresh_from(server, "127.0.0.1", token);
  REQUIRE(second.status == 200);
  check_error(refresh_from(server, "127.0.0.1", token), 401, "UNAUTHENTICATED");
  CHECK(refresh_from(server, "127.0.0.1", text_at(second, "/refreshToken")).status == 200);
}

TEST_CASE("Security: a name in other letters is another name to everybody") {
  company_server server;
  auto ann = server.new_mechanic();
  pqxx::nontransaction{server.db()}.exec(
      fmt::format("UPDATE security.app_user SET username = 'ivy' WHERE user_id = '{}'", ann->user_id));
  auto right = server.password_of("demo.mechanic");
  for (int i = 0; i < 6; ++i)
    check_error(sign_in_from(server, attackers_place, i % 2 ? "ivy" : "IVY", "a guess"), 401,
                "INVALID_CREDENTIALS");
  check_error(sign_in_from(server, attackers_place, "Ivy", right), 429, "TOO_MANY_REQUESTS");
  for (const auto* other : {"\u0130vy", "\u0131vy", "iv\u00fd"})
    check_error(sign_in_from(server, attackers_place, other, right), 401, "INVALID_CREDENTIALS");
}

TEST_CASE("Security: an address is the client's where a trusted proxy says so, the peer's for anybody else") {
  company_server server{{{"MUSTERD_HTTP_TRUSTED_PROXIES", "127.0.0.16/28, 2001:db8:ff::/48"}}};
  auto ann = server.new_mechanic();
  auto right = server.password_of("demo.mechanic");
  auto by_way_of = [&](const std::string& peer, const std::string& client, const std::string& password) {
    auto http = server.client();
    http.come_from(peer);
    return http.send("POST", sign_in_path,
                     {{{"X-Forwarded-For", client}}, credentials(ann->username, password)});
  };
  for (int i = 0; i < 6; ++i)
    CHECK(by_way_of("127.0.0.17", fmt::format("198.51.100.{}, 203.0.113.1", i), "a guess").status == 401);
  check_error(by_way_of("127.0.0.17", "203.0.113.1", right), 429, "TOO_MANY_REQUESTS");
  check_error(by_way_of("127.0.0.18", "203.0.113.1, 127.0.0.17", right), 429, "TOO_MANY_REQUESTS");
  CHECK(by_way_of("127.0.0.17", "203.0.113.2", right).status == 200);
  for (int i = 0; i < 6; ++i)
    CHECK(by_way_of("127.0.0.17", fmt::format("2001:db8::{}", i), "a guess").status == 401);
  CHECK(by_way_of("127.0.0.17", "2001:db8::beef", right).status == 429);
  CHECK(by_way_of("127.0.0.17", "2001:db8:0:1::1", right).status == 200);
  // From a client that is no proxy, such headers change nothing.
  for (int i = 0; i < 6; ++i)
    CHECK(by_way_of(attackers_place, fmt::format("203.0.113.{}", 10 + i), "a guess").status == 401);
  CHECK(by_way_of(attackers_place, "203.0.113.20", right).status == 429);
  auto addresses = text_of(
      server.db(), fmt::format("SELECT string_agg(v.value, ' ' ORDER BY occurred_at) FROM audit.entry JOIN "
                               "audit.personal_value v USING (tenant_id, entry_id) WHERE event_type = "
                               "'LOGIN_SUCCEEDED' AND subject_id = '{}' AND v.field = 'clientAddress' AND "
                               "v.value <> '127.0.0.1'",
                               ann->user_id));
  CHECK(addresses == "203.0.113.2 2001:db8:0:1::1");
}

TEST_CASE("Security: ninety who guess at once cost nobody a place who has signed in from there before") {
  // The hash that unknown users are checked against is slow; ann's is not.
  company_server server{{{"MUSTERD_AUTH_PASSWORD_MEMORY_KIB", "19456"},
                         {"MUSTERD_AUTH_PASSWORD_PASSES", "3"},
                         {"MUSTERD_AUTH_PASSWORD_PARALLEL", "1"}}};
  auto ann = server.new_mechanic();
  auto right = server.password_of("demo.mechanic");
  std::atomic<bool> over = false;
  std::atomic<int> turned_away = 0;
  std::vector<int> anns;
  {
    std::vector<std::jthread> crowd;
    for (int i = 1; i <= 90; ++i)
      crowd.emplace_back([&, i] {
        auto http = server.client();
        http.come_from(fmt::format("127.0.4.{}", i));
        for (int n = 0; !over; ++n)
          turned_away +=
              http.post(sign_in_path, credentials(fmt::format("no.{}.{}", i, n), "a guess")).status == 503;
      });
    CHECK(becomes_true(patience, [&] { return turned_away > 0; }));
    for (int i = 0; i < 5; ++i) {
      anns.push_back(server.sign_in(ann->username, right).status);
      CHECK(ann->http.get("/api/security/me").status == 200);
    }
    over = true;
  }
  CHECK(anns == std::vector<int>(5, 200));
}

TEST_CASE("Security: failed sign-ins are in the trail, with whom and from where") {
  company_server server;
  desk d{server};
  auto ann = server.new_mechanic();
  check_error(sign_in_from(server, attackers_place, ann->username, "a guess"), 401, "INVALID_CREDENTIALS");
  REQUIRE(becomes_true(patience, [&] { return d.audit(ann->user_id, "LOGIN_FAILED").size() == 1; }));
  auto entry = d.audit(ann->user_id, "LOGIN_FAILED")[0];
  CHECK(text_at(entry, "/client_address") == attackers_place);
  CHECK(text_at(entry, "/reason_code") == "INVALID_CREDENTIALS");
  CHECK(text_at(entry, "/outcome") == "DENIED");
  CHECK(text_at(entry, "/tenant_id") == demo_tenant);
  // What was typed as a name may be a password.
  sign_in_from(server, attackers_place, "my secret word", "a guess");
  auto nobodys = to_string(uuid{});
  REQUIRE(becomes_true(patience, [&] { return d.audit(nobodys, "LOGIN_FAILED").size() == 1; }));
  CHECK(boost::json::serialize(d.audit(nobodys, "LOGIN_FAILED")).find("secret word") == std::string::npos);
  // An unknown company has no trail.
  for (int i = 0; i < 3; ++i)
    server.sign_in("ann", "a guess", fmt::format("invented-{}", i));
  check_error(server.sign_in(ann->username, "a guess"), 401, "INVALID_CREDENTIALS");
  REQUIRE(becomes_true(patience, [&] { return d.audit(ann->user_id, "LOGIN_FAILED").size() == 2; }));
  CHECK(number_of(server.db(), "SELECT count(DISTINCT tenant_id) FROM audit.entry") == 1);
}

TEST_CASE("Security: of a flood of failed sign-ins the trail has some, and the number of the others") {
  company_server server;
  desk d{server};
  constexpr int guesses = 120;
  for (int i = 0; i < guesses; ++i)
    CHECK(sign_in_from(server, fmt::format("127.0.5.{}", 1 + i / 40), fmt::format("nobody.{}", i), "a guess")
              .status == 401);
  auto noted = [&] {
    return number_of(server.db(), "SELECT count(*) FROM audit.entry WHERE event_type = 'LOGIN_FAILED'");
  };
  auto left_out = [&] {
    return number_of(server.db(),
                     "SELECT coalesce(sum((details->>'leftOut')::int), 0) FROM audit.entry WHERE "
                     "event_type = 'LOGIN_FAILURES_LEFT_OUT'");
  };
  CHECK(becomes_true(patience, [&] { return noted() + left_out() == guesses; }));
  CHECK(left_out() > 0);
  CHECK(noted() > 0);
}

TEST_CASE("Security: guessing by provisioning is signing in as that user") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  for (int i = 0; i < 6; ++i)
    check_error(d.provision(nina, {{"password", fmt::format("a guess of somebody {}", i)}}), 409,
                "USER_DIFFERS");
  check_error(d.provision(nina, {{"password", first_password}}), 429, "TOO_MANY_REQUESTS");
  check_error(server.sign_in(nina.username, first_password), 429, "TOO_MANY_REQUESTS");
  CHECK(sign_in_from(server, "127.0.0.3", nina.username, first_password).status == 200);
  // Meanwhile others can be provisioned.
  CHECK_FALSE(d.user(true).user_id.empty());
  CHECK(becomes_true(patience, [&] { return d.audit(nina.user_id, "LOGIN_FAILED").size() >= 3; }));
  CHECK(text_at(d.audit(nina.user_id, "LOGIN_FAILED")[0], "/actor_id") == d.admin->user_id);
}

}  // namespace musterd::testing
