#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

/// Passwords of provisioned users: initial ones, and changes by an admin or by the user.
namespace musterd::testing {
namespace {

constexpr auto other_password = "another long password";

http_answer refresh(company_server& at, const visitor& who) {
  return at.client().post("/api/security/auth/refresh", json({{"refreshToken", who.tokens.refresh}}));
}

http_answer set_password(desk& d, const std::string& user_id, const std::string& password) {
  return d.admin->http.post("/api/security/users/" + user_id + "/password", json({{"password", password}}));
}

http_answer change_own(visitor& who, const std::string& old_password, const std::string& password) {
  return who.http.post("/api/security/me/password",
                       json({{"oldPassword", old_password}, {"password", password}}));
}

}  // namespace

TEST_CASE("passwords: a user made with a password signs in; one without cannot [S91-F15]") {
  desk d;
  auto nina = d.user(true);
  auto in = d.server.signed_in(nina.username, first_password);
  CHECK(in->user_id == nina.user_id);
  CHECK(in->person_id == nina.person_id);
  check_error(d.server.sign_in(nina.username, "wrong"), 401, "INVALID_CREDENTIALS");
  check_error(in->clock_in(), 403, "ACCESS_DENIED");
  auto without = d.user();
  check_error(d.server.sign_in(without.username, first_password), 401, "INVALID_CREDENTIALS");
  check_error(d.server.sign_in(without.username, "$argon2id$"), 401, "INVALID_CREDENTIALS");
}

TEST_CASE("passwords: resolving a user does not change its password") {
  desk d;
  auto nina = d.user(true);
  check_error(d.provision(nina, {{"password", other_password}}), 409, "USER_DIFFERS");
  CHECK(d.server.sign_in(nina.username, first_password).status == 200);
  check_error(d.server.sign_in(nina.username, other_password), 401, "INVALID_CREDENTIALS");
}

TEST_CASE("passwords: one set by an admin ends all sessions of the user") {
  desk d;
  auto nina = d.user(true);
  auto one = d.server.signed_in(nina.username, first_password),
       two = d.server.signed_in(nina.username, first_password);
  CHECK(set_password(d, nina.user_id, other_password).status == 204);
  for (auto* session : {one.get(), two.get()}) {
    check_error(session->http.get("/api/security/me"), 401, "UNAUTHENTICATED");
    check_error(refresh(d.server, *session), 401, "UNAUTHENTICATED");
  }
  check_error(d.server.sign_in(nina.username, first_password), 401, "INVALID_CREDENTIALS");
  CHECK(d.server.sign_in(nina.username, other_password).status == 200);
  auto entries = d.audit(nina.user_id, "PASSWORD_CHANGED");
  REQUIRE(entries.size() == 2);  // the first came with the user
  CHECK(text_at(entries[1], "/actor_id") == d.admin->user_id);
  CHECK(d.audit(nina.user_id, "SESSION_REVOKED").size() == 2);
  CHECK(text_of(d.server.db(), fmt::format("SELECT string_agg(details::text, ' ') FROM audit.entry WHERE "
                                           "subject_id = '{}'",
                                           nina.user_id))
            .find("argon2") == std::string::npos);

  // The first password of a user without one.
  auto without = d.user();
  CHECK(set_password(d, without.user_id, other_password).status == 204);
  CHECK(d.server.sign_in(without.username, other_password).status == 200);
}

TEST_CASE("passwords: one's own change needs the old one and ends one's sessions") {
  desk d;
  auto nina = d.user(true);
  auto in = d.server.signed_in(nina.username, first_password);
  auto wrong = change_own(*in, "not the password", other_password);
  check_error(wrong, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(wrong) == std::set<std::string>{"oldPassword"});
  check_error(change_own(*in, first_password, "short"), 400, "VALIDATION_FAILED");
  CHECK(in->http.get("/api/security/me").status == 200);
  CHECK(change_own(*in, first_password, other_password).status == 204);
  check_error(in->http.get("/api/security/me"), 401, "UNAUTHENTICATED");
  check_error(refresh(d.server, *in), 401, "UNAUTHENTICATED");
  check_error(d.server.sign_in(nina.username, first_password), 401, "INVALID_CREDENTIALS");
  CHECK(d.server.sign_in(nina.username, other_password).status == 200);
}

TEST_CASE("passwords: who may not, and for whom there is nothing to set") {
  desk d;
  auto nina = d.user();
  auto mechanic = d.server.new_mechanic();
  check_error(mechanic->http.post("/api/security/users/" + nina.user_id + "/password",
                                  json({{"password", other_password}})),
              403, "ACCESS_DENIED");
  check_error(set_password(d, nobody, other_password), 404, "USER_NOT_FOUND");
  auto foreign =
      text_of(d.server.db(), "SELECT user_id FROM security.app_user WHERE username = 'rival.owner'");
  check_error(set_password(d, foreign, other_password), 404, "USER_NOT_FOUND");
  auto refused = set_password(d, nina.user_id, "elevenbytes");
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(refused.body.find("elevenbytes") == std::string::npos);
}

TEST_CASE("Security: a new password is no common one, no name, not blank and not the present one") {
  desk d;
  auto nina = d.user(true), without = d.person();
  auto in = d.server.signed_in(nina.username, first_password);
  auto its_name = nina.username + " rides again";
  for (const auto& [bad, rule] :
       std::vector<std::pair<std::string, std::string>>{{"password123456", "too easy"},
                                                        {"qwertyuiop123456", "too easy"},
                                                        {its_name, "must not contain"},
                                                        {"correct DEMO battery", "must not contain"},
                                                        {std::string(16, ' '), "only blanks"}}) {
    CAPTURE(bad);
    for (const auto& refused : {set_password(d, nina.user_id, bad), change_own(*in, first_password, bad)}) {
      check_error(refused, 400, "VALIDATION_FAILED");
      CHECK(wrong_fields(refused) == std::set<std::string>{"password"});
      CHECK(text_at(refused, "/fieldErrors/0/message").find(rule) != std::string::npos);
    }
    if (bad != its_name)
      check_error(d.provision(without, {{"password", bad}}), 400, "VALIDATION_FAILED");
  }
  for (const auto& refused :
       {set_password(d, nina.user_id, first_password), change_own(*in, first_password, first_password)}) {
    check_error(refused, 400, "VALIDATION_FAILED");
    CHECK(text_at(refused, "/fieldErrors/0/message") == "password must not be the present one.");
  }
  CHECK(in->http.get("/api/security/me").status == 200);
  CHECK(d.server.sign_in(nina.username, first_password).status == 200);
}

TEST_CASE("Security: who may not replace a password hears the same whatever it is, and not for long") {
  company_server server;
  desk d{server};
  auto owner = d.user(true), clerk = d.user(true);
  d.assigned(d.assignment(owner.user_id, "OWNER"));
  d.assigned(d.assignment(clerk.user_id, "SECURITY_ADMIN"));
  auto guesser = d.server.signed_in(clerk.username, first_password);
  auto path = "/api/security/users/" + owner.user_id + "/password";
  auto guess = [&](const std::string& password) {
    return guesser->http.post(path, json({{"password", password}}));
  };
  check_error(guess("password123456"), 400, "VALIDATION_FAILED");
  for (int i = 0; i < 6; ++i)
    check_error(guess(i % 2 ? first_password : other_password), 403, "EXCEEDS_OWN_AUTHORITY");
  for (const auto* password : {first_password, other_password})
    check_error(guess(password), 429, "TOO_MANY_REQUESTS");
  CHECK(becomes_true(patience, [&] { return d.audit(owner.user_id, "LOGIN_FAILED").size() >= 3; }));
  CHECK(text_at(d.audit(owner.user_id, "LOGIN_FAILED")[0], "/actor_id") == clerk.user_id);
}

TEST_CASE("Security: a password that broke the rules when it was set is not found out by setting it again") {
  company_server server;
  desk d{server};
  auto nina = d.user(true), otto = d.user(true);
  // A password within today's rules is compared, but only a few times; one that breaks them never is.
  std::vector<std::string> answers;
  for (const auto* who : {&nina, &otto})
    answers.push_back(text_at(set_password(d, who->user_id, "password123456"), "/fieldErrors/0/message"));
  CHECK(answers[0] == answers[1]);
  for (int i = 0; i < 6; ++i)
    check_error(set_password(d, nina.user_id, first_password), 400, "VALIDATION_FAILED");
  check_error(set_password(d, nina.user_id, first_password), 429, "TOO_MANY_REQUESTS");
}

TEST_CASE("Security: one who sets passwords takes a few places among those that are hashed") {
  company_server server{{{"MUSTERD_AUTH_PASSWORD_PARALLEL", "1"}}};
  desk d{server};
  auto nina = d.user(true);
  std::vector<int> statuses(40);
  {
    std::vector<std::jthread> crowd;
    for (std::size_t i = 0; i < statuses.size(); ++i)
      crowd.emplace_back([&, i] {
        auto http = server.client();
        http.use_token(d.admin->tokens.access);
        statuses[i] = http.post("/api/security/users/" + nina.user_id + "/password",
                                json({{"password", fmt::format("uncommon words {} galore", i)}}))
                          .status;
      });
  }
  CHECK(std::ranges::count(statuses, 429) > 0);
  CHECK(std::ranges::count(statuses, 204) > 0);
  CHECK(std::ranges::count(statuses, 503) == 0);
}

TEST_CASE("Security: nor more by making secrets for services") {
  company_server server{
      {{"MUSTERD_AUTH_PASSWORD_PARALLEL", "1"}, {"MUSTERD_AUTH_PASSWORD_MEMORY_KIB", "32768"}}};
  desk d{server};
  std::vector<int> statuses(40);
  {
    std::vector<std::jthread> crowd;
    for (auto& status : statuses)
      crowd.emplace_back([&] {
        auto http = server.client();
        http.use_token(d.admin->tokens.access);
        status = http.post("/api/security/services/" + std::string{nobody} + "/secrets", "{}").status;
      });
  }
  CHECK(std::ranges::count(statuses, 429) > 0);
  CHECK(std::ranges::count(statuses, 404) > 0);
  CHECK(std::ranges::count(statuses, 503) == 0);
}

TEST_CASE("Security: passwords of one company's users keep no other company waiting") {
  company_server server{
      {{"MUSTERD_AUTH_PASSWORD_PARALLEL", "1"}, {"MUSTERD_AUTH_PASSWORD_MEMORY_KIB", "32768"}}};
  desk d{server};
  auto rita = server.signed_in("rival.owner");
  std::vector<std::unique_ptr<visitor>> users;
  for (int i = 0; i < 8; ++i)
    users.push_back(server.signed_in(d.user(true).username, first_password));
  std::atomic<bool> over{false};
  std::atomic<int> asked{0};
  std::vector<std::jthread> crowd;
  for (const auto& user : users)
    for (int n = 0; n < 4; ++n)
      crowd.emplace_back([&, n] {
        auto http = server.client();
        http.use_token(user->tokens.access);
        // Half of them with the right old password, the others with an acceptable new one.
        for (; !over; ++asked)
          http.post("/api/security/me/password",
                    json({{"oldPassword", n % 2 == 0 ? first_password : "not the password"},
                          {"password", n % 2 == 0 ? "password123456" : other_password}}));
      });
  CHECK(becomes_true(patience, [&] { return asked > 0; }));
  std::map<int, int> statuses;
  for (int i = 0; i < 20; ++i)
    ++statuses[rita->http.post("/api/security/services/" + std::string{nobody} + "/secrets", "{}").status];
  over = true;
  CHECK_MESSAGE(statuses[404] == 20, statuses[429], " 429, ", statuses[503], " 503");
}

TEST_CASE("Security: one's own password is asked about a number of times in an hour, right or wrong") {
  constexpr int an_hour = 30;
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto in = server.signed_in(nina.username, first_password);
  for (int i = 0; i < an_hour; ++i)
    check_error(change_own(*in, first_password, "password123456"), 400, "VALIDATION_FAILED");
  auto refused = change_own(*in, first_password, other_password);
  check_error(refused, 429, "TOO_MANY_REQUESTS");
  CHECK(std::stoi(refused.header("retry-after")) > 60);
  check_error(in->http.post("/api/security/me/totp", json({{"password", first_password}})), 429,
              "TOO_MANY_REQUESTS");
  CHECK(server.sign_in(nina.username, first_password).status == 200);
  CHECK(in->http.get("/api/security/me").status == 200);
}

TEST_CASE("Security: whether a new password is good enough is said without a word about the old one") {
  desk d;
  auto nina = d.user(true);
  auto in = d.server.signed_in(nina.username, first_password);
  for (const auto* old : {first_password, "not the password"}) {
    auto refused = change_own(*in, old, "password123456");
    check_error(refused, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(refused) == std::set<std::string>{"password"});
  }
}

TEST_CASE("Security: who may set passwords sets their own with the old one only") {
  desk d;
  auto clerk = d.user(true);
  d.assigned(d.assignment(clerk.user_id, "SECURITY_ADMIN"));
  auto in = d.server.signed_in(clerk.username, first_password);
  auto refused = in->http.post("/api/security/users/" + clerk.user_id + "/password",
                               json({{"password", other_password}}));
  check_error(refused, 409, "OLD_PASSWORD_REQUIRED");
  CHECK(text_at(refused, "/message").find("/api/security/me/password") != std::string::npos);
  CHECK(in->http.get("/api/security/me").status == 200);
  check_error(d.server.sign_in(clerk.username, other_password), 401, "INVALID_CREDENTIALS");
  CHECK(change_own(*in, first_password, other_password).status == 204);
  CHECK(d.server.sign_in(clerk.username, other_password).status == 200);
}

TEST_CASE("tokens: of a hundred uses of one refresh token at once exactly one succeeds") {
  company_server server;
  auto ann = server.new_mechanic();
  constexpr int count = 100;
  std::vector<int> statuses(count);
  {
    std::vector<std::jthread> clients;
    for (auto& status : statuses)
      clients.emplace_back([&] { status = refresh(server, *ann).status; });
  }
  CHECK(std::count(statuses.begin(), statuses.end(), 200) == 1);
  // A person's requests at once are limited.
  for (auto status : statuses)
    CHECK_MESSAGE((std::set{200, 401, 503}.contains(status)), status);
  // The token was used twice, so the session is over.
  check_error(ann->http.get("/api/security/me"), 401, "UNAUTHENTICATED");
}

}  // namespace musterd::testing
