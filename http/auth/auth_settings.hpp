#pragma once

#include "domain/person/account/sign_in_policy.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace musterd {

class setting_list;

/// Tokens of ours.
struct own_token_settings {
  std::string issuer = "musterd";
  /// `aud` of a user's token.
  std::string audience = "musterd";
  std::chrono::seconds access_lifetime{900};
  /// From the sign-in, however often the token is refreshed.
  std::chrono::seconds session_lifetime{14 * 86'400};
  /// Verified tokens that are remembered.
  std::size_t cached = 100'000;
};

/// The keys that sign them.
struct signing_key_settings {
  /// Empty: a key that nobody keeps.
  std::string file = "var/keys/signing.json";
  /// Zero: never.
  std::chrono::days rotated_after{90};
  /// Published for so long before it signs.
  std::chrono::seconds announced_for{900};
};

struct external_issuer_settings {
  /// Empty: none.
  std::string file;
  bool http_on_loopback = false;
};

struct password_settings {
  std::size_t memory_kib = 19'456;
  unsigned long long passes = 2;
  /// Checked at the same time.
  std::size_t parallel = 2;
  /// Of zxcvbn, 0 to 4.
  int min_score = 2;
  /// Wrong ones for one user in an hour, from where they never signed in.
  int guesses_per_user = 100;
};

/// `[auth]`
struct auth_settings {
  own_token_settings tokens;
  /// Of a login that names none.
  std::string default_tenant = "demo";
  signing_key_settings signing_keys;
  password_settings passwords;
  sign_in_policy sign_in;
  /// Zero: any age will do.
  std::chrono::seconds fresh_sign_in{0};
  /// Empty: a key that nobody keeps.
  std::string second_factor_key_file = "var/keys/second_factor.key";
  external_issuer_settings external;
};

void describe(setting_list& on, auth_settings& s);

}  // namespace musterd
