#include "tests/http/servers/server_log.hpp"
#include "tests/http/sign_in/authenticator.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

/// What a start does with the key of second factors, and with the roles that need one.
namespace musterd::testing {
namespace {

std::filesystem::path key_of(company_server& at) {
  return std::filesystem::path{at.process().log()}.replace_filename("second_factor.key");
}

std::string text_in(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

TEST_CASE("Security: a server does not start without the key of second factors that there are") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  auto [phone, codes] = enrol(server.signed_in(nina.username, first_password)->http);
  auto kept = key_of(server).replace_filename("kept.key");
  server.process().stop();
  std::filesystem::rename(key_of(server), kept);
  server.process().start();
  REQUIRE(becomes_true(patience, [&] { return !server.process().running(); }));
  CHECK(text_in(server.process().log()).find("second_factor.key is missing") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(key_of(server)));
  std::filesystem::rename(kept, key_of(server));
  server.restart();
  authenticator::wait_for_a_new_step();
  CHECK(sign_in_with(server, nina.username, {{"totpCode", phone.code()}}).status == 200);
}

TEST_CASE("second factor: without any the key is made anew, and an enrolment that waited is none") {
  company_server server;
  desk d{server};
  auto in = server.signed_in(d.user(true).username, first_password);
  REQUIRE(in->http.post("/api/security/me/totp", json({{"password", first_password}})).status == 201);
  std::filesystem::remove(key_of(server));
  server.restart();
  enrol(in->http);
}

TEST_CASE("second factor: a role that needs one and is misspelt is named at the start") {
  company_server server{{{"MUSTERD_AUTH_SECOND_FACTOR_ROLES", "owner, SHOP_MANGER"}}};
  auto warnings = soon_logged(server, {"\"event\":\"unknown_role\""});
  REQUIRE(warnings.size() == 1);
  CHECK(boost::json::serialize(warnings[0]).find("SHOP_MANGER") != std::string::npos);
}

}  // namespace musterd::testing
