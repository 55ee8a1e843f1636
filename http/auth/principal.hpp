#pragma once

#include "common/time.hpp"
#include "domain/context.hpp"

namespace musterd {

/// What a token is for: an internal one does not open the user API, and the other way round.
enum class token_audience { api, internal };
BOOST_DESCRIBE_ENUM(token_audience, api, internal)

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
  friend bool operator==(const principal&, const principal&) = default;
};

}  // namespace musterd
