#pragma once

#include "common/text/uuid.hpp"
#include "http/auth/keys/fetch.hpp"
#include "http/auth/keys/jose_key.hpp"
#include "http/auth/tokens/principal.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace musterd {

struct auth_settings;

/// How an issuer marks its access tokens in `typ`.
enum class token_type {
  /// `at+jwt` (RFC 9068).
  at_jwt,
  /// `JWT`, or that: of issuers that do not tell access tokens from ID tokens. Those are known by their
  /// claims then.
  jwt,
};
BOOST_DESCRIBE_ENUM(token_type, at_jwt, jwt)

/// An issuer whose tokens are taken beside our own; all its users belong to one tenant, which has no other:
/// a subject is known by its tenant.
struct external_issuer {
  /// Exactly as its tokens say in `iss`: an https URL.
  std::string issuer;
  /// A file, or an https URL that is read again when it is old or a token names an unknown key. Nothing: what
  /// the issuer's discovery names.
  std::optional<std::string> jwks;
  /// One of these must be in the token's `aud`.
  std::vector<std::string> audiences;
  std::vector<signature_algorithm> algorithms;
  tenant_uuid tenant;
  /// at_jwt if left out.
  std::optional<musterd::token_type> token_type;
};
BOOST_DESCRIBE_STRUCT(external_issuer, (), (issuer, jwks, audiences, algorithms, tenant, token_type))

/// What is configured, and what it becomes at start.
struct token_settings {
  std::string issuer = "musterd";
  /// `aud` of tokens for the user API, for /internal, and of restricted ones.
  std::string api_audience = "musterd";
  std::string internal_audience = "musterd-internal";
  std::string restricted_audience = "musterd-restricted";
  std::chrono::seconds access_lifetime{900};
  /// From the sign-in, however often the token is refreshed.
  std::chrono::seconds session_lifetime{14 * 86'400};
  /// How far the clocks of issuers may be off.
  std::chrono::seconds leeway{10};
  std::vector<external_issuer> external;
  fetch_policy fetched = fetch_policy::https_only;
  /// Keys of an external issuer are read again after this.
  std::chrono::seconds jwks_max_age{600};
  /// Unknown keys make us read them again at most this often.
  std::chrono::seconds jwks_min_interval{30};
  /// The same for keys of our own, which are only a look into the database away.
  std::chrono::seconds own_keys_min_interval{1};
  std::size_t cached_tokens = 100'000;

  const std::string& audience(token_audience of) const;
};

/// `{"issuers":[{issuer, jwks, audiences, algorithms, tenant, tokenType}]}`. Throws std::runtime_error that
/// says what is wrong.
std::vector<external_issuer> read_external_issuers(const std::string& path);

/// Reads the file of external issuers too, if one is configured.
token_settings token_settings_from(const auth_settings& auth);

}  // namespace musterd
