#pragma once

#include "domain/person/records.hpp"
#include "persistence/sql/pages/page_query.hpp"

namespace musterd {

/// A live sign-in, as shown to its user.
struct sign_in_session {
  token_family_uuid session_id;
  timestamp created_at{};
  /// When its refresh token was last exchanged.
  timestamp last_used_at{};
  timestamp expires_at{};
  /// The address signed in from; for IPv6 its /64.
  std::optional<std::string> client_network;
  std::optional<std::string> user_agent;
  /// Whether the current request belongs to it.
  bool is_current = false;
};
BOOST_DESCRIBE_STRUCT(sign_in_session, (),
                      (session_id, created_at, last_used_at, expires_at, client_network, user_agent,
                       is_current))

/// Newest first.
page<sign_in_session> find_sessions(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user,
                                    token_family_uuid current, const page_limits& limits);

}  // namespace musterd
