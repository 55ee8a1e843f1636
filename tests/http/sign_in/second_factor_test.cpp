#include "tests/http/access/listed_routes.hpp"
#include "tests/http/sign_in/authenticator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

/// Codes of an authenticator, and recovery codes.
namespace musterd::testing {
namespace {

http_answer with_code(company_server& at, const newcomer& who, const std::string& code) {
  return sign_in_with(at, who.username, {{"totpCode", code}});
}

http_answer with_recovery(company_server& at, const newcomer& who, const std::string& code) {
  return sign_in_with(at, who.username, {{"recoveryCode", code}});
}

http_answer remove_own(visitor& who, const boost::json::object& shown) {
  return who.http.post("/api/security/me/totp/remove", json(shown));
}

}  // namespace

TEST_CASE("second factor: once confirmed, signing in takes a code of it, and each only once") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto in = server.signed_in(nina.username, first_password);
  CHECK(text_at(in->http.get("/api/security/me/totp"), "/status") == "REMOVED");
  auto begun = in->http.post("/api/security/me/totp", json({{"password", first_password}}));
  REQUIRE(begun.status == 201);
  CHECK(begun.header("cache-control") == "no-store");
  auto secret = text_at(begun, "/secret");
  CHECK(text_at(begun, "/otpauthUri").find("secret=" + secret) != std::string::npos);
  CHECK(server.sign_in(nina.username, first_password).status == 200);  // not confirmed yet
  auto wrong = in->http.post("/api/security/me/totp/confirm",
                             json({{"totpCode", authenticator{secret}.wrong_code()}}));
  check_error(wrong, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(wrong) == std::set<std::string>{"totpCode"});

  auto [phone, recovery_codes] = enrol(in->http);  // begins anew
  CHECK(recovery_codes.size() == 10);
  auto shown = in->http.get("/api/security/me/totp");
  CHECK(text_at(shown, "/status") == "ACTIVE");
  CHECK(text_at(shown, "/recoveryCodesLeft") == "10");
  check_error(server.sign_in(nina.username, first_password), 401, "SECOND_FACTOR_REQUIRED");
  check_error(sign_in_with(server, nina.username, {{"totpCode", phone.code()}}, "not the password"), 401,
              "INVALID_CREDENTIALS");
  check_error(with_code(server, nina, phone.wrong_code()), 401, "SECOND_FACTOR_INVALID");
  authenticator::wait_for_a_new_step();
  CHECK(with_code(server, nina, phone.code()).status == 200);
  check_error(with_code(server, nina, phone.code()), 401, "SECOND_FACTOR_INVALID");
  CHECK(with_code(server, nina, phone.code(1)).status == 200);
  check_error(with_code(server, nina, phone.code()), 401, "SECOND_FACTOR_INVALID");
  CHECK(in->http.get("/api/security/me").status == 200);

  auto row =
      text_of(server.db(),
              fmt::format("SELECT f::text FROM security.second_factor f WHERE user_id = '{}'", nina.user_id));
  CHECK(row.find(secret) == std::string::npos);
  CHECK(row.find(recovery_codes[0]) == std::string::npos);
  CHECK(d.audit(nina.user_id, "SECOND_FACTOR_ENROLLED").size() == 2);
  CHECK(d.audit(nina.user_id, "SECOND_FACTOR_CONFIRMED").size() == 1);
}

TEST_CASE("second factor: a recovery code is good once, also after a restart") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto codes = enrol(server.signed_in(nina.username, first_password)->http).recovery_codes;
  CHECK(with_recovery(server, nina, codes[0]).status == 200);
  server.restart();
  check_error(with_recovery(server, nina, codes[0]), 401, "SECOND_FACTOR_INVALID");
  check_error(with_recovery(server, nina, "abcd-efgh-ijkl-mnop"), 401, "SECOND_FACTOR_INVALID");
  auto again = with_recovery(server, nina, codes[1]);
  REQUIRE(again.status == 200);
  auto http = server.client();
  http.use_token(text_at(again, "/accessToken"));
  CHECK(text_at(http.get("/api/security/me/totp"), "/recoveryCodesLeft") == "8");
  auto entries = d.audit(nina.user_id, "RECOVERY_CODE_USED");
  REQUIRE(entries.size() == 2);
  CHECK(text_at(entries[1], "/details/recoveryCodesLeft") == "8");
  auto both = sign_in_with(server, nina.username, {{"recoveryCode", codes[2]}, {"totpCode", "123456"}});
  check_error(both, 400, "VALIDATION_FAILED");
}

TEST_CASE("Security: of many uses of one code at once, one opens a session") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto [phone, codes] = enrol(server.signed_in(nina.username, first_password)->http);
  authenticator::wait_for_a_new_step();
  auto code = phone.code();
  std::vector<int> statuses(20);
  {
    std::vector<std::jthread> crowd;
    for (auto& status : statuses)
      crowd.emplace_back([&] { status = with_code(server, nina, code).status; });
  }
  CHECK(std::ranges::count(statuses, 200) == 1);
}

TEST_CASE("Security: whoever knows the password guesses no codes") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto [phone, codes] = enrol(server.signed_in(nina.username, first_password)->http);
  auto thief = server.client();
  thief.come_from("127.9.9.9");
  auto guess = [&](const std::string& code) {
    return thief.post("/api/security/auth/token",
                      json({{"username", nina.username}, {"password", first_password}, {"totpCode", code}}));
  };
  int wrong = 0;
  while (wrong < 20 && guess(phone.wrong_code()).status == 401)
    ++wrong;
  CHECK(wrong == 6);
  check_error(guess(phone.code(1)), 429, "TOO_MANY_REQUESTS");
  CHECK(becomes_true(patience, [&] {
    return number_of(server.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE subject_id = '{}' AND "
                                              "reason_code = 'SECOND_FACTOR_INVALID'",
                                              nina.user_id)) > 0;
  }));
  // The user is not held up where they were before.
  authenticator::wait_for_a_new_step();
  CHECK(with_code(server, nina, phone.code()).status == 200);
}

TEST_CASE("second factor: its user removes it with a code, and guesses none for that") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto in = server.signed_in(nina.username, first_password);
  check_error(remove_own(*in, {}), 404, "SECOND_FACTOR_NOT_FOUND");
  auto [phone, codes] = enrol(in->http);
  check_error(in->http.post("/api/security/me/totp", json({{"password", first_password}})), 409,
              "SECOND_FACTOR_ACTIVE");
  check_error(remove_own(*in, {}), 400, "VALIDATION_FAILED");
  check_error(remove_own(*in, {{"totpCode", phone.wrong_code()}}), 400, "VALIDATION_FAILED");
  CHECK(remove_own(*in, {{"recoveryCode", codes[0]}}).status == 204);
  CHECK(server.sign_in(nina.username, first_password).status == 200);
  CHECK(d.audit(nina.user_id, "SECOND_FACTOR_REMOVED").size() == 1);
  auto [other_phone, other_codes] = enrol(in->http);
  check_error(remove_own(*in, {{"recoveryCode", codes[1]}}), 400, "VALIDATION_FAILED");
  int refused = 0;
  while (refused < 20 && remove_own(*in, {{"totpCode", other_phone.wrong_code()}}).status == 400)
    ++refused;
  CHECK(refused < 20);
  check_error(remove_own(*in, {{"recoveryCode", other_codes[0]}}), 429, "TOO_MANY_REQUESTS");
}

TEST_CASE("Security: an administrator removes a lost one, but of nobody mightier") {
  desk d;
  auto nina = d.user(true), oscar = d.user(true), sam = d.user(true);
  d.assigned(d.assignment(oscar.user_id, "OWNER"));
  d.assigned(d.assignment(sam.user_id, "SECURITY_ADMIN"));
  auto admin = d.server.signed_in(sam.username, first_password),
       owner = d.server.signed_in(oscar.username, first_password);
  enrol(d.server.signed_in(nina.username, first_password)->http);
  enrol(owner->http);
  auto path = [](const newcomer& who) { return "/api/security/users/" + who.user_id + "/totp"; };
  CHECK(admin->http.send("DELETE", path(nina), {}).status == 204);
  CHECK(d.server.sign_in(nina.username, first_password).status == 200);
  CHECK(text_at(d.audit(nina.user_id, "SECOND_FACTOR_REMOVED")[0], "/actor_id") == sam.user_id);
  check_error(admin->http.send("DELETE", path(nina), {}), 404, "SECOND_FACTOR_NOT_FOUND");
  check_error(admin->http.send("DELETE", path(oscar), {}), 403, "EXCEEDS_OWN_AUTHORITY");
  check_error(d.server.sign_in(oscar.username, first_password), 401, "SECOND_FACTOR_REQUIRED");
  // Removing one's own takes a code there, too.
  check_error(owner->http.send("DELETE", path(oscar), {}), 400, "VALIDATION_FAILED");
}

TEST_CASE("Security: who holds a role that needs one can only enrol") {
  company_server server{{{"MUSTERD_AUTH_SECOND_FACTOR_ROLES", "Manager, SHOP_MANAGER"}}};
  desk d{server};
  auto marta = d.user(true);
  auto before = server.signed_in(marta.username, first_password);
  CHECK(before->http.get("/api/security/me").status == 200);
  d.assigned(d.assignment(marta.user_id, "SHOP_MANAGER", demo_shop));
  check_error(before->http.get("/api/security/me"), 403, "SECOND_FACTOR_ENROLMENT_REQUIRED");
  auto tokens = server.sign_in(marta.username, first_password);
  REQUIRE(tokens.status == 200);
  CHECK(text_at(tokens, "/requiredAction") == "ENROL_SECOND_FACTOR");
  auto http = server.client();
  http.use_token(text_at(tokens, "/accessToken"));
  for (const auto& route : listed_routes(server)) {
    if (route.access == "OPEN" || route.access == "INTERNAL" ||
        route.path.starts_with("/api/security/me/totp"))
      continue;
    CAPTURE(route.path);
    check_error(http.send(route.method, route.path_with(nobody), message_for(route)), 403,
                "SECOND_FACTOR_ENROLMENT_REQUIRED");
  }
  auto [phone, codes] = enrol(http);
  check_error(http.get("/api/security/me"), 401, "UNAUTHENTICATED");  // it was for enrolling only
  auto refreshed = server.client().post("/api/security/auth/refresh",
                                        json({{"refreshToken", text_at(tokens, "/refreshToken")}}));
  REQUIRE(refreshed.status == 200);
  CHECK(text_at(refreshed, "/requiredAction") == "null");
  http.use_token(text_at(refreshed, "/accessToken"));
  CHECK(http.get("/api/security/me").status == 200);
  CHECK(before->http.get("/api/security/me").status == 200);
  // Without the factor, everything is as before.
  CHECK(http.post("/api/security/me/totp/remove", json({{"recoveryCode", codes[0]}})).status == 204);
  check_error(http.get("/api/security/me"), 403, "SECOND_FACTOR_ENROLMENT_REQUIRED");
}

TEST_CASE(
    "Security: with another key of the secrets recovery codes are still good, and codes are no guesses") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto [phone, codes] = enrol(server.signed_in(nina.username, first_password)->http);
  auto key = std::filesystem::path{server.process().log()}.replace_filename("second_factor.key");
  std::ofstream{key, std::ios::trunc} << std::string(43, 'A') << '\n';
  server.restart();
  for (int i = 0; i < 8; ++i)
    CHECK(with_code(server, nina, phone.code()).status == 500);
  CHECK(with_recovery(server, nina, codes[0]).status == 200);
}

TEST_CASE("second factor: a repeated request is not answered with secrets") {
  desk d;
  auto in = d.server.signed_in(d.user(true).username, first_password);
  http_message message{{{"Idempotency-Key", "enrol"}}, json({{"password", first_password}})};
  auto first = in->http.send("POST", "/api/security/me/totp", message),
       again = in->http.send("POST", "/api/security/me/totp", message);
  CHECK(text_at(first, "/secret").size() == 32);
  CHECK(again.status == 201);
  CHECK(text_at(again, "/secret") == "null");
  CHECK(again.header("idempotency-replayed") == "true");
}

}  // namespace musterd::testing
