#pragma once

#include "domain/person/account/sign_in_policy.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace musterd {

class setting_list;

/// Our own tokens.
struct own_token_settings {
  std::string issuer = "musterd";
  /// `aud` of a user's token.
  std::string audience = "musterd";
  std::chrono::seconds access_lifetime{900};
  /// Counted from the sign-in, however often the token is refreshed.
  std::chrono::seconds session_lifetime{14 * 86'400};
  /// How many verified tokens are remembered.
  std::size_t cached = 100'000;
};

/// The keys that sign our tokens.
struct signing_key_settings {
  /// Empty: an ephemeral key.
  std::string file = "var/keys/signing.json";
  /// Zero: never.
  std::chrono::days rotated_after{90};
  /// How long a key is published before it signs.
  std::chrono::seconds announced_for{900};
};

struct external_issuer_settings {
  /// Empty: no external issuers.
  std::string file;
  bool http_on_loopback = false;
};

struct password_settings {
  std::size_t memory_kib = 19'456;
  unsigned long long passes = 2;
  /// Concurrent checks.
  std::size_t parallel = 2;
  /// By zxcvbn, 0 to 4.
  int min_score = 2;
  /// Wrong passwords per user and hour, from addresses where they never signed in.
  int guesses_per_user = 100;
};

/// `[auth]`
struct auth_settings {
  own_token_settings tokens;
  /// For sign-ins that name no tenant.
  std::string default_tenant = "demo";
  signing_key_settings signing_keys;
  password_settings passwords;
  sign_in_policy sign_in;
  /// Zero: any age will do.
  std::chrono::seconds fresh_sign_in{0};
  /// Empty: an ephemeral key.
  std::string second_factor_key_file = "var/keys/second_factor.key";
  external_issuer_settings external;
};

void describe(setting_list& on, auth_settings& s);

}  // namespace musterd
