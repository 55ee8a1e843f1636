#pragma once

#include "domain/access/faults.hpp"
#include "domain/person/events.hpp"
#include "domain/person/faults.hpp"
#include "domain/person/views.hpp"

/// What may be asked of a person's sign-in sessions.
namespace musterd {

/// Signs in, after the password was found right; it may have been changed since.
struct open_session {
  static constexpr std::string_view name = "open_session";
  static constexpr int success_status = 200;
  using answer = session_view;
  static constexpr std::array faults{user_not_known, account_disabled, invalid_credentials,
                                     second_factor_required, second_factor_invalid};

  user_uuid user_id;
  token_family_uuid family_id;
  std::string secret_hash;
  timestamp expires_at{};
  std::optional<std::string> client_network = {};
  std::optional<factor_proof> shown = {};
  /// Of the credential that the password was compared with.
  std::int64_t credential_version = 0;
};
BOOST_DESCRIBE_STRUCT(open_session, (),
                      (user_id, family_id, secret_hash, expires_at, client_network, shown,
                       credential_version))
person_rule<open_session> decide;

/// Trades the current refresh token for the next one. Any other token of the family ends the session: it has
/// two holders, one of whom stole it (RFC 9700, 4.14.2). So only tokens that were given out come here, which
/// `http/auth` can tell.
struct rotate_refresh {
  static constexpr std::string_view name = "rotate_refresh";
  static constexpr int success_status = 200;
  using answer = rotation_view;
  static constexpr std::array faults{refresh_token_not_valid, account_disabled};

  token_family_uuid family_id;
  std::int64_t generation = 0;
  std::string secret_hash;
  std::string next_secret_hash;
};
BOOST_DESCRIBE_STRUCT(rotate_refresh, (), (family_id, generation, secret_hash, next_secret_hash))
person_rule<rotate_refresh> decide;

/// Signs out, with a token that was given out. An unknown or ended session is no fault (RFC 7009, 2.2).
struct revoke_session {
  static constexpr std::string_view name = "revoke_session";
  static constexpr int success_status = 200;
  using answer = revocation_view;

  token_family_uuid family_id;
  std::int64_t generation = 0;
  std::string secret_hash;
};
BOOST_DESCRIBE_STRUCT(revoke_session, (), (family_id, generation, secret_hash))
person_rule<revoke_session> decide;

/// Ends one session of a user, by its id.
struct end_session {
  static constexpr std::string_view name = "end_session";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{user_not_found, session_not_found, exceeds_own_authority};

  user_uuid user_id;
  token_family_uuid session_id;
};
BOOST_DESCRIBE_STRUCT(end_session, (), (user_id, session_id))
person_rule<end_session> decide;

/// Ends all sessions of a user but one.
struct end_sessions {
  static constexpr std::string_view name = "end_sessions";
  static constexpr int success_status = 200;
  using answer = ended_sessions_view;
  using body = nothing;
  static constexpr std::array faults{user_not_found, exceeds_own_authority};

  user_uuid user_id;
  /// Nil: none.
  token_family_uuid kept;
};
BOOST_DESCRIBE_STRUCT(end_sessions, (), (user_id, kept))
person_rule<end_sessions> decide;

}  // namespace musterd
