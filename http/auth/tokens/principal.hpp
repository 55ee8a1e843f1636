#pragma once

#include "common/time/time.hpp"
#include "domain/kernel/context.hpp"

namespace musterd {

/// What a token is for: an internal one does not open the user API, and the other way round. A restricted one
/// is good for what its user has to do first; other services, which do not know that, do not take it.
enum class token_audience { api, internal, restricted };
BOOST_DESCRIBE_ENUM(token_audience, api, internal, restricted)

/// Who a valid token speaks for. Small and trivially copyable: it is copied out of a cache for every request.
struct principal {
  tenant_uuid tenant;
  principal_kind kind = principal_kind::user;
  uuid actor;
  /// Nil for services.
  person_uuid person;
  token_audience audience = token_audience::api;
  /// A service's is the secret it signed in with. Nil for tokens that come from no session of ours.
  token_family_uuid family;
  timestamp expires_at{};
  /// When its user showed who they are, however often the token was refreshed since; 0 if that is not known.
  timestamp signed_in_at{};
  friend bool operator==(const principal&, const principal&) = default;
};

}  // namespace musterd
