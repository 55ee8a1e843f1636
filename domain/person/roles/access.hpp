#pragma once

#include "common/fault.hpp"
#include "domain/person/roles/authorization.hpp"
#include "domain/person/views.hpp"

/// May this user come in, and what do they hold? Asked before every request; the answer is never cached.
namespace musterd {

struct access_question {
  user_uuid user_id;
  /// The token's session; nil for tokens of other issuers, which have none here.
  token_family_uuid family;
  bool with_identity = false;
};
BOOST_DESCRIBE_STRUCT(access_question, (), (user_id, family, with_identity))

/// Whether somebody may come in at all.
enum class access_verdict { granted, unknown_user, account_disabled, session_ended };
BOOST_DESCRIBE_ENUM(access_verdict, granted, unknown_user, account_disabled, session_ended)

struct access_standing {
  access_verdict verdict = access_verdict::unknown_user;
  /// In force at that instant; none for who may not come in.
  std::vector<held_grant> grants;
  /// Only when asked for.
  std::optional<identity_view> identity;
  /// Only for our own sessions: other issuers see to their own sign-ins.
  bool must_change_password = false;
  bool lacks_second_factor = false;
};
BOOST_DESCRIBE_STRUCT(access_standing, (),
                      (verdict, grants, identity, must_change_password, lacks_second_factor))

/// What the user has to do before anything else is open to them.
std::optional<required_action> required_of(const access_standing& standing, const role_catalog& roles,
                                           const sign_in_policy& policy);

access_standing reply_to(const person_state& state, const access_question& question, timestamp now);
/// The same for a user who comes in with a session of ours.
access_standing standing_in_session(const person_state& state, timestamp now);

/// What a caller is told who may not come in.
fault fault_of(access_verdict verdict);

}  // namespace musterd
