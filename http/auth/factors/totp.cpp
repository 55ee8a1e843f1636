#include "http/auth/factors/totp.hpp"

#include <fmt/format.h>
#include <oath.h>
#include <sodium.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace musterd {
namespace {

constexpr unsigned digits = 6;

void ensure_oath() {
  static const bool ready = oath_init() == OATH_OK;
  if (!ready)
    throw std::runtime_error{"liboath could not be initialized"};
}

const char* bytes_of(const totp_secret& secret) {
  return reinterpret_cast<const char*>(secret.data());
}

/// RFC 3986, 2.3
std::string percent_encoded(std::string_view text) {
  std::string result;
  for (char c : text)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        std::string_view{"-._~"}.find(c) != std::string_view::npos)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return result;
}

}  // namespace

std::int64_t totp_step(timestamp at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count() /
         OATH_TOTP_DEFAULT_TIME_STEP_SIZE;
}

std::string totp_code(const totp_secret& secret, std::int64_t step) {
  ensure_oath();
  char code[digits + 1]{};
  auto at = static_cast<time_t>(step * OATH_TOTP_DEFAULT_TIME_STEP_SIZE);
  if (oath_totp_generate(bytes_of(secret), secret.size(), at, OATH_TOTP_DEFAULT_TIME_STEP_SIZE,
                         OATH_TOTP_DEFAULT_START_TIME, digits, code) != OATH_OK)
    throw std::runtime_error{"liboath made no code"};
  return code;
}

std::optional<std::int64_t> matching_step(const totp_secret& secret, std::string_view code, timestamp now) {
  auto present = totp_step(now);
  std::optional<std::int64_t> result;
  for (auto step : {present - 1, present, present + 1}) {
    auto expected = totp_code(secret, step);
    if (code.size() == expected.size() && sodium_memcmp(code.data(), expected.data(), code.size()) == 0)
      result = step;
  }
  return result;
}

std::string shown_secret(const totp_secret& secret) {
  char* text = nullptr;
  std::size_t size = 0;
  if (oath_base32_encode(bytes_of(secret), secret.size(), &text, &size) != OATH_OK)
    throw std::runtime_error{"liboath encoded no secret"};
  std::unique_ptr<char, decltype(&std::free)> held{text, &std::free};
  return {text, size};
}

std::string otpauth_uri(std::string_view issuer, std::string_view account, const totp_secret& secret) {
  return fmt::format("otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits={3}&period={4}",
                     percent_encoded(issuer), percent_encoded(account), shown_secret(secret), digits,
                     OATH_TOTP_DEFAULT_TIME_STEP_SIZE);
}

}  // namespace musterd
