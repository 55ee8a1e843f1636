#include "tests/http/sign_in/authenticator.hpp"

#include <fmt/format.h>

/// A thief who finds somebody's session open can neither guess a code nor keep the session for good.
namespace musterd::testing {
namespace {

constexpr int guesses_an_hour = 10;

/// A server that takes few guesses, and a signed-in user.
struct watched_user {
  company_server server{{{"MUSTERD_AUTH_GUESSES_PER_USER", std::to_string(guesses_an_hour)}}};
  desk d{server};
  newcomer nina = d.user(true);
  std::unique_ptr<visitor> in = server.signed_in(nina.username, first_password);

  /// With the session's token, each time from a new address.
  http_answer from_elsewhere(const std::string& path, const boost::json::object& body) {
    auto thief = server.client();
    thief.come_from(fmt::format("127.0.7.{}", ++addresses_));
    thief.use_token(in->tokens.access);
    return thief.post(path, json(body));
  }
  /// How many wrong ones are taken before one has to wait.
  int guesses_taken(const std::string& path, const boost::json::object& wrong) {
    int taken = 0;
    while (taken < 60 && from_elsewhere(path, wrong).status == 400)
      ++taken;
    return taken;
  }
  bool is_on_record(const std::string& reason) {
    return becomes_true(patience, [&] {
      return number_of(server.db(),
                       fmt::format("SELECT count(*) FROM audit.entry WHERE subject_id = '{}' AND "
                                   "event_type = 'LOGIN_FAILED' AND reason_code = '{}'",
                                   nina.user_id, reason)) > 0;
    });
  }
  /// From another place, and not held up by guesses within the session.
  int sign_in_from_a_new_address(const boost::json::object& more = {}) {
    auto http = server.client();
    http.come_from("127.0.8.1");
    boost::json::object body{{"username", nina.username}, {"password", first_password}};
    body.insert(more.begin(), more.end());
    return http.post("/api/security/auth/token", json(body)).status;
  }

 private:
  int addresses_ = 0;
};

const std::string begin = "/api/security/me/totp", confirm = "/api/security/me/totp/confirm",
                  removal = "/api/security/me/totp/remove";

}  // namespace

TEST_CASE(
    "Security: no code is guessed to confirm a second factor, wherever from, and guesses are on record") {
  watched_user at;
  auto begun = at.in->http.post(begin, json({{"password", first_password}}));
  REQUIRE(begun.status == 201);
  authenticator phone{text_at(begun, "/secret")};
  CHECK(at.guesses_taken(confirm, {{"totpCode", phone.wrong_code()}}) == guesses_an_hour);
  check_error(at.from_elsewhere(confirm, {{"totpCode", phone.code()}}), 429, "TOO_MANY_REQUESTS");
  CHECK(at.is_on_record("SECOND_FACTOR_INVALID"));
  CHECK(at.is_on_record("TOO_MANY_REQUESTS"));
  CHECK(at.sign_in_from_a_new_address() == 200);
}

TEST_CASE("Security: nor to remove one") {
  watched_user at;
  auto [phone, codes] = enrol(at.in->http);
  CHECK(at.guesses_taken(removal, {{"totpCode", phone.wrong_code()}}) == guesses_an_hour);
  check_error(at.from_elsewhere(removal, {{"recoveryCode", codes[0]}}), 429, "TOO_MANY_REQUESTS");
  CHECK(at.is_on_record("SECOND_FACTOR_INVALID"));
  CHECK(at.sign_in_from_a_new_address({{"recoveryCode", codes[0]}}) == 200);
}

TEST_CASE("Security: nor a password to begin one, or to change it") {
  watched_user at;
  CHECK(at.guesses_taken(begin, {{"password", "a guess"}}) == guesses_an_hour);
  check_error(at.from_elsewhere(begin, {{"password", first_password}}), 429, "TOO_MANY_REQUESTS");
  check_error(at.from_elsewhere("/api/security/me/password",
                                {{"oldPassword", first_password}, {"password", "another long password"}}),
              429, "TOO_MANY_REQUESTS");
  CHECK(at.is_on_record("INVALID_CREDENTIALS"));
  CHECK(at.sign_in_from_a_new_address() == 200);
}

TEST_CASE("Security: a second factor takes the present password to begin") {
  desk d;
  auto nina = d.user(true);
  auto in = d.server.signed_in(nina.username, first_password);
  for (const auto& body : {json({}), json({{"password", "not the password"}})}) {
    auto refused = in->http.post(begin, body);
    check_error(refused, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(refused) == std::set<std::string>{"password"});
  }
  CHECK(text_at(in->http.get(begin), "/status") == "REMOVED");
  CHECK(in->http.post(begin, json({{"password", first_password}})).status == 201);
}

TEST_CASE("second factor: one that nobody confirms for ten minutes is none any more") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto in = server.signed_in(nina.username, first_password);
  auto begun = in->http.post(begin, json({{"password", first_password}}));
  authenticator phone{text_at(begun, "/secret")};
  CHECK(text_at(in->http.get(begin), "/status") == "PENDING");
  pqxx::connection owner{server.database().owner_url()};
  pqxx::nontransaction{owner}.exec("UPDATE security.second_factor SET changed_at = changed_at - interval "
                                   "'10 minutes' WHERE user_id = '" +
                                   nina.user_id + "'");
  server.restart();  // the actor remembers when it was begun
  check_error(in->http.post(confirm, json({{"totpCode", phone.code()}})), 409, "SECOND_FACTOR_NOT_PENDING");
  CHECK(text_at(in->http.get(begin), "/status") == "REMOVED");
  enrol(in->http);
  CHECK(text_at(in->http.get(begin), "/status") == "ACTIVE");
}

}  // namespace musterd::testing
