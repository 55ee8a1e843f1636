#pragma once

#include "http/auth/auth_settings.hpp"
#include "http/auth/principal.hpp"

namespace musterd {

/// What our access tokens claim (RFC 9068; the rest are ours).
struct access_claims {
  std::string iss;
  std::string aud;
  user_uuid sub;
  tenant_uuid tenant;
  std::optional<person_uuid> person;
  principal_kind kind = principal_kind::user;
  uuid jti;
  /// The session this token comes from; of a service, the secret.
  std::optional<token_family_uuid> fam;
  /// When the user signed in; a refresh does not change it.
  std::optional<std::int64_t> auth_time;
  std::int64_t iat = 0;
  std::int64_t nbf = 0;
  std::int64_t exp = 0;
};
BOOST_DESCRIBE_STRUCT(access_claims, (),
                      (iss, aud, sub, tenant, person, kind, jti, fam, auth_time, iat, nbf, exp))

/// `typ` of our access tokens, so that no other token of ours can ever pass for one (RFC 9068, 2.1).
inline constexpr std::string_view access_token_type = "at+jwt";

struct issued_token {
  std::string text;
  std::chrono::seconds lifetime{};
};

/// Writes access tokens with the current key. Thread-safe.
class token_issuer {
 public:
  /// The first of `keys` signs and must have its private part.
  token_issuer(const token_settings& settings, jose_key_set keys)
      : settings_{settings}, keys_{std::move(keys)} {}

  /// `who.expires_at` is an upper bound: no token outlives its session.
  issued_token issue(const principal& who, timestamp now) const;

  /// What /.well-known/jwks.json answers: the current key and the ones before it.
  std::string jwks() const { return public_jwks(keys_); }
  const token_settings& settings() const { return settings_; }

 private:
  token_settings settings_;
  jose_key_set keys_;
};

}  // namespace musterd
