#pragma once

#include "http/auth/keys/key_ring.hpp"
#include "http/auth/tokens/principal.hpp"
#include "http/auth/tokens/signed_token.hpp"
#include "http/auth/tokens/token_settings.hpp"

namespace musterd {

/// The claims of our access tokens (RFC 9068; the rest are ours).
struct access_claims {
  std::string iss;
  std::string aud;
  user_uuid sub;
  tenant_uuid tenant;
  std::optional<person_uuid> person;
  principal_kind kind = principal_kind::user;
  uuid jti;
  /// The session this token comes from; for a service, the secret.
  std::optional<token_family_uuid> fam;
  /// When the user signed in; unchanged by a refresh.
  std::optional<std::int64_t> auth_time;
  std::int64_t iat = 0;
  std::int64_t nbf = 0;
  std::int64_t exp = 0;
};
BOOST_DESCRIBE_STRUCT(access_claims, (),
                      (iss, aud, sub, tenant, person, kind, jti, fam, auth_time, iat, nbf, exp))

struct issued_token {
  std::string text;
  std::chrono::seconds lifetime{};
};

/// Signs access tokens with the current key. Thread-safe.
class token_issuer {
 public:
  /// `keys` must outlive it.
  token_issuer(const token_settings& settings, const key_ring& keys) : settings_{settings}, keys_{keys} {}

  /// No token outlives `who.expires_at` or its key. Fault: UNAVAILABLE while no key is known to last that
  /// long.
  outcome<issued_token> issue(const principal& who, timestamp now) const;

  /// Whether a token can be issued even after the longest sign-in: checked before a session is opened or its
  /// refresh token spent.
  outcome<void> may_issue() const;

  const key_ring& keys() const { return keys_; }
  const token_settings& settings() const { return settings_; }

 private:
  token_settings settings_;
  const key_ring& keys_;
};

}  // namespace musterd
