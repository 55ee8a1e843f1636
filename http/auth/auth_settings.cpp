#include "http/auth/auth_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {
namespace {

using seconds = std::chrono::seconds;

void describe(setting_list& on, signing_key_settings& s) {
  on.text("auth.signing_key_file", s.file,
          "Private keys (JWK Set) for access tokens; made at first start if missing.");
  on.number<std::chrono::days>("auth.signing_key_days", s.rotated_after, {0, 3650},
                               "Age at which a signing key is replaced by a new one; 0 is never.");
  on.number<seconds>(
      "auth.signing_key_announce_seconds", s.announced_for, {3, 86'400},
      "How long a new signing key is published before it signs; others may keep the JWKS for a third "
      "of it.");
}

void describe(setting_list& on, password_settings& s) {
  on.number("auth.password_memory_kib", s.memory_kib, {8, 4 << 20, "KiB"}, "Memory of one argon2id hash.");
  on.number("auth.password_passes", s.passes, {1, 20}, "Passes of one argon2id hash.");
  on.number("auth.password_parallel", s.parallel, {1, 64}, "Password checks at the same time.");
  on.number("auth.password_min_score", s.min_score, {0, 4},
            "How hard to guess a new password must be, by zxcvbn.");
  on.number("auth.guesses_per_user", s.guesses_per_user, {10, 1'000'000},
            "Wrong passwords for one user in an hour, from addresses where that user never signed in; beyond "
            "them only who has been there before may try.");
}

}  // namespace

void describe(setting_list& on, auth_settings& s) {
  on.text("auth.issuer", s.tokens.issuer,
          "`iss` of our own access tokens; where it is the https URL of this server, discovery is answered.");
  on.text("auth.audience", s.tokens.audience, "`aud` a user's token must carry.");
  on.text("auth.default_tenant", s.default_tenant, "Tenant of a login that names none.");
  describe(on, s.signing_keys);
  on.number<seconds>("auth.access_token_seconds", s.tokens.access_lifetime, {10, 86'400},
                     "Life of an access token.");
  on.number<seconds>("auth.refresh_token_seconds", s.tokens.session_lifetime, {60, 31'536'000},
                     "Life of a refresh token family.");
  describe(on, s.passwords);
  on.flag("auth.change_given_passwords", s.sign_in.change_given_passwords,
          "Whether a password that somebody else set is good for nothing but changing it.");
  on.number<seconds>(
      "auth.fresh_sign_in_seconds", s.fresh_sign_in, {0, 86'400},
      "How old a sign-in may be for giving roles, setting passwords, defining roles and services, and "
      "terminating; 0 asks nobody.");
  on.words("auth.second_factor_roles", s.sign_in.second_factor_roles,
           "Roles (names, comma-separated) whose holders need a second factor: without one they can only "
           "enrol.");
  on.text("auth.second_factor_key_file", s.second_factor_key_file,
          "Key that seals the secrets of second factors; made if missing while nobody has one, and the same "
          "on all nodes.");
  on.number("auth.token_cache_entries", s.tokens.cached, {100, 10'000'000},
            "Verified access tokens remembered until they expire.");
  on.text("auth.external_issuers_file", s.external.file, "JSON file that names trusted external issuers.");
  on.flag("auth.external_http_on_loopback", s.external.http_on_loopback,
          "Keys of external issuers may come by http from this machine. For tests and development.");
}

}  // namespace musterd
