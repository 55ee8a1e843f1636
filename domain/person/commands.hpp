#pragma once

#include "domain/person/views.hpp"

#include <variant>

/// What may be asked of a person's identity. Secrets are made and hashed in `http/auth`; only hashes come
/// here.
namespace musterd {

/// Signs in, after the password was found right. Fault: ACCOUNT_DISABLED.
struct open_session {
  static constexpr std::string_view name = "open_session";
  static constexpr int success_status = 200;
  using answer = session_view;

  user_uuid user_id;
  token_family_uuid family_id;
  std::string secret_hash;
  timestamp expires_at{};
};
BOOST_DESCRIBE_STRUCT(open_session, (), (user_id, family_id, secret_hash, expires_at))

/// Trades the current refresh token for the next one. Any other token of the family ends the session: then
/// there are two holders, and one of them stole it (RFC 9700, 4.14.2). Faults: UNAUTHENTICATED,
/// ACCOUNT_DISABLED.
struct rotate_refresh {
  static constexpr std::string_view name = "rotate_refresh";
  static constexpr int success_status = 200;
  using answer = rotation_view;

  token_family_uuid family_id;
  std::int64_t generation = 0;
  std::string secret_hash;
  std::string next_secret_hash;
};
BOOST_DESCRIBE_STRUCT(rotate_refresh, (), (family_id, generation, secret_hash, next_secret_hash))

/// Signs out. An unknown or ended session is no fault (RFC 7009, 2.2).
struct revoke_session {
  static constexpr std::string_view name = "revoke_session";
  static constexpr int success_status = 200;
  using answer = revocation_view;

  token_family_uuid family_id;
  std::int64_t generation = 0;
  std::string secret_hash;
};
BOOST_DESCRIBE_STRUCT(revoke_session, (), (family_id, generation, secret_hash))

using person_command = std::variant<open_session, rotate_refresh, revoke_session>;

}  // namespace musterd
