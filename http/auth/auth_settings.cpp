#include "http/auth/auth_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {
namespace {

using seconds = std::chrono::seconds;

void describe(setting_list& on, signing_key_settings& s) {
  on.text("auth.signing_key_file", s.file,
          "Private keys (JWK Set) for access tokens; created at first start.");
  on.number<std::chrono::days>("auth.signing_key_days", s.rotated_after, {0, 3650},
                               "Age at which a signing key is replaced. 0: never.");
  on.number<seconds>(
      "auth.signing_key_announce_seconds", s.announced_for, {3, 86'400},
      "How long a new signing key is published before it signs; others may keep the JWKS for a third "
      "of it.");
}

void describe(setting_list& on, password_settings& s) {
  on.number("auth.password_memory_kib", s.memory_kib, {8, 4 << 20, "KiB"}, "Memory of one argon2id hash.");
  on.number("auth.password_passes", s.passes, {1, 20}, "Passes of one argon2id hash.");
  on.number("auth.password_parallel", s.parallel, {1, 64}, "Password checks that may run at once.");
  on.number("auth.password_min_score", s.min_score, {0, 4}, "Least zxcvbn score of a new password.");
  on.number("auth.guesses_per_user", s.guesses_per_user, {10, 1'000'000},
            "Wrong passwords per user and hour from addresses where that user never signed in; after that, "
            "only known addresses may try.");
}

}  // namespace

void describe(setting_list& on, auth_settings& s) {
  on.text("auth.issuer", s.tokens.issuer,
          "`iss` of our access tokens; if it is this server's https URL, OpenID discovery is served.");
  on.text("auth.audience", s.tokens.audience, "`aud` that a user's token must have.");
  on.text("auth.default_tenant", s.default_tenant, "Tenant of logins that name none.");
  describe(on, s.signing_keys);
  on.number<seconds>("auth.access_token_seconds", s.tokens.access_lifetime, {10, 86'400},
                     "Lifetime of an access token.");
  on.number<seconds>("auth.refresh_token_seconds", s.tokens.session_lifetime, {60, 31'536'000},
                     "Lifetime of a refresh token family.");
  describe(on, s.passwords);
  on.flag("auth.change_given_passwords", s.sign_in.change_given_passwords,
          "Whether a password set by somebody else must be changed before anything else.");
  on.number<seconds>(
      "auth.fresh_sign_in_seconds", s.fresh_sign_in, {0, 86'400},
      "Oldest sign-in that may give roles, set passwords, define roles and services, or terminate. 0: any.");
  on.words(
      "auth.second_factor_roles", s.sign_in.second_factor_roles,
      "Roles (names, comma-separated) that require a second factor: without one, holders can only enrol.");
  on.text("auth.second_factor_key_file", s.second_factor_key_file,
          "Key that seals second factors' secrets, the same on all nodes; created if missing while nobody "
          "has one.");
  on.number("auth.token_cache_entries", s.tokens.cached, {100, 10'000'000},
            "Most verified access tokens remembered until they expire.");
  on.text("auth.external_issuers_file", s.external.file, "JSON file of trusted external issuers.");
  on.flag("auth.external_http_on_loopback", s.external.http_on_loopback,
          "Fetch external issuers' keys by http from this machine. For tests and development.");
}

}  // namespace musterd
