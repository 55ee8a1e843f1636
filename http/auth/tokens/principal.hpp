#pragma once

#include "common/time/time.hpp"
#include "domain/kernel/context.hpp"

namespace musterd {

/// What a token is for. An internal one does not open the user API, nor the reverse. A restricted one only
/// allows what its user must do first; other services, which know nothing of that, do not accept it.
enum class token_audience { api, internal, restricted };
BOOST_DESCRIBE_ENUM(token_audience, api, internal, restricted)

/// Whom a valid token speaks for. Small and trivially copyable: copied out of a cache for every request.
struct principal {
  tenant_uuid tenant;
  principal_kind kind = principal_kind::user;
  uuid actor;
  /// Nil for services.
  person_uuid person;
  token_audience audience = token_audience::api;
  /// For a service, the secret it signed in with. Nil for tokens without a session of ours.
  token_family_uuid family;
  timestamp expires_at{};
  /// When the user authenticated, however often the token was refreshed since; 0 if unknown.
  timestamp signed_in_at{};
  friend bool operator==(const principal&, const principal&) = default;
};

}  // namespace musterd
