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
  /// `JWT` or `at+jwt`: for issuers whose ID tokens only their claims tell apart.
  jwt,
};
BOOST_DESCRIBE_ENUM(token_type, at_jwt, jwt)

/// An issuer accepted besides our own. All its users belong to one tenant, which has no other: subjects are
/// looked up by tenant.
struct external_issuer {
  /// Exactly as in its tokens' `iss`: an https URL.
  std::string issuer;
  /// A file, or an https URL, re-read when stale or for an unknown key. Nullopt: as named by the issuer's
  /// discovery document.
  std::optional<std::string> jwks;
  /// A token's `aud` must include one of these.
  std::vector<std::string> audiences;
  std::vector<signature_algorithm> algorithms;
  tenant_uuid tenant;
  /// Default: at_jwt.
  std::optional<musterd::token_type> token_type;
};
BOOST_DESCRIBE_STRUCT(external_issuer, (), (issuer, jwks, audiences, algorithms, tenant, token_type))

/// The configured settings, and those derived at start.
struct token_settings {
  std::string issuer = "musterd";
  /// `aud` of tokens for the user API, of internal and of restricted ones.
  std::string api_audience = "musterd";
  std::string internal_audience = "musterd-internal";
  std::string restricted_audience = "musterd-restricted";
  std::chrono::seconds access_lifetime{900};
  /// Counted from the sign-in, however often the token is refreshed.
  std::chrono::seconds session_lifetime{14 * 86'400};
  /// How far issuers' clocks may be off.
  std::chrono::seconds leeway{10};
  std::vector<external_issuer> external;
  fetch_policy fetched = fetch_policy::https_only;
  /// An external issuer's keys are re-read after this.
  std::chrono::seconds jwks_max_age{600};
  /// Minimum interval between re-reads caused by unknown keys.
  std::chrono::seconds jwks_min_interval{30};
  /// The same for our own keys, which cost only a database read.
  std::chrono::seconds own_keys_min_interval{1};
  std::size_t cached_tokens = 100'000;

  const std::string& audience(token_audience of) const;
};

/// Reads `{"issuers":[{issuer, jwks, audiences, algorithms, tenant, tokenType}]}`. Throws std::runtime_error
/// that says what is wrong.
std::vector<external_issuer> read_external_issuers(const std::string& path);

/// Also reads the file of external issuers, if one is configured.
token_settings token_settings_from(const auth_settings& auth);

}  // namespace musterd
