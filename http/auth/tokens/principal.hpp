#pragma once

#include "common/time/time.hpp"
#include "domain/kernel/context.hpp"

namespace musterd {

/// Internal tokens do not open the user API, nor the reverse. Restricted ones only allow what the user must
/// do first; other services, unaware of that, reject them.
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
