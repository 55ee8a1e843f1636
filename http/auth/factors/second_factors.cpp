#include "http/auth/factors/second_factors.hpp"

#include "common/observation/log.hpp"
#include "common/text/random_text.hpp"
#include "common/text/text.hpp"
#include "http/auth/tokens/encoding.hpp"

#include <algorithm>

namespace musterd {
namespace {

constexpr std::size_t recovery_codes_made = 10, recovery_letters = 16, longest_code = 64;

std::string whose(tenant_uuid tenant, user_uuid user) {
  return to_string(tenant) + ' ' + to_string(user);
}

/// Accepts any case, with or without dashes and blanks.
std::string recovery_hash(std::string_view code) {
  auto letters = folded(code);
  std::erase_if(letters, [](char c) { return c == '-' || c == ' '; });
  return sha256_hex({reinterpret_cast<const std::uint8_t*>(letters.data()), letters.size()});
}

/// As in "abcd-efgh-ijkl-mnop".
std::string in_groups(const std::string& letters) {
  std::string result;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % 4 == 0)
      result += '-';
    result += letters[i];
  }
  return result;
}

}  // namespace

void validate(const shown_factor& shown, std::vector<field_error>& errors) {
  if (shown.totp_code && shown.recovery_code)
    errors.push_back({"recoveryCode", "recoveryCode and totpCode exclude each other."});
  if (shown.totp_code && shown.totp_code->size() > longest_code)
    errors.push_back({"totpCode", "totpCode has 6 digits."});
  if (shown.recovery_code && shown.recovery_code->size() > longest_code)
    errors.push_back({"recoveryCode", "recoveryCode has 16 letters and digits."});
}

second_factors::new_secret second_factors::make(tenant_uuid tenant, user_uuid user,
                                                std::string_view username) const {
  totp_secret secret;
  fill_random(secret);
  return {box_.seal(secret, whose(tenant, user)), shown_secret(secret),
          otpauth_uri(issuer_, username, secret)};
}

second_factors::recovery_codes second_factors::make_recovery_codes() {
  recovery_codes result;
  for (std::size_t i = 0; i < recovery_codes_made; ++i) {
    auto letters = random_text(recovery_letters);
    result.hashes.push_back(recovery_hash(letters));
    result.shown.push_back(in_groups(letters));
  }
  return result;
}

outcome<std::optional<factor_proof>> second_factors::prove(tenant_uuid tenant, user_uuid user,
                                                           const stored_factor& factor,
                                                           const shown_factor& shown, timestamp now) const {
  if (!shown.totp_code && !shown.recovery_code)
    return std::optional<factor_proof>{};
  factor_proof result{factor.factor_id, {}, {}};
  if (shown.recovery_code) {
    result.recovery_hash = recovery_hash(*shown.recovery_code);
    return std::optional{std::move(result)};
  }
  auto bytes = box_.open(factor.sealed_secret, whose(tenant, user));
  totp_secret secret;
  if (!bytes || bytes->size() != secret.size()) {
    log::error({"auth", "second_factor_unreadable"},
               "of user {}: not sealed with auth.second_factor_key_file", to_string(user));
    return internal_error();
  }
  std::ranges::copy(*bytes, secret.begin());
  result.step = matching_step(secret, *shown.totp_code, now);
  return std::optional{std::move(result)};
}

}  // namespace musterd
