#include "tests/http/sign_in/authenticator.hpp"

#include <oath.h>

#include <cstdlib>
#include <ctime>

namespace musterd::testing {
namespace {

constexpr int step_seconds = 30;

}  // namespace

std::string authenticator::code(int steps_from_now) const {
  char* secret = nullptr;
  std::size_t size = 0;
  REQUIRE(oath_base32_decode(secret_.data(), secret_.size(), &secret, &size) == OATH_OK);
  char result[7]{};
  auto made = oath_totp_generate(secret, size, std::time(nullptr) + steps_from_now * step_seconds,
                                 step_seconds, 0, 6, result);
  std::free(secret);
  REQUIRE(made == OATH_OK);
  return result;
}

std::string authenticator::wrong_code() const {
  std::set<std::string> right;
  for (int steps = -2; steps <= 3; ++steps)
    right.insert(code(steps));
  for (int n = 0;; ++n)
    if (auto text = std::to_string(100'000 + n); !right.contains(text))
      return text;
}

void authenticator::wait_for_a_new_step() {
  REQUIRE(becomes_true(patience, [] { return std::time(nullptr) % step_seconds < step_seconds / 2; }));
}

enrolled enrol(http_client& http) {
  authenticator::wait_for_a_new_step();
  auto begun = http.post("/api/security/me/totp", json({{"password", first_password}}));
  REQUIRE_MESSAGE(begun.status == 201, begun.body);
  enrolled result{authenticator{text_at(begun, "/secret")}, {}};
  auto confirmed = http.post("/api/security/me/totp/confirm", json({{"totpCode", result.phone.code(-1)}}));
  REQUIRE_MESSAGE(confirmed.status == 200, confirmed.body);
  auto answered = json_of(confirmed);
  for (const auto& code : answered.at("recoveryCodes").as_array())
    result.recovery_codes.emplace_back(code.as_string());
  return result;
}

http_answer sign_in_with(company_server& at, const std::string& username, boost::json::object more,
                         const std::string& password) {
  more["username"] = username;
  more["password"] = password;
  return at.client().post("/api/security/auth/token", json(more));
}

}  // namespace musterd::testing
