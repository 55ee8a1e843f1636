#pragma once

#include "common/fault.hpp"
#include "domain/person/views.hpp"

/// May this user do that, now? Asked for every request: nothing of the answer is ever cached.
namespace musterd {

/// What a person actor is asked before every request.
struct access_question {
  user_uuid user_id;
  /// The session the token belongs to; nil for tokens of external issuers, which have none here.
  token_family_uuid family;
  bool with_identity = false;
};
BOOST_DESCRIBE_STRUCT(access_question, (), (user_id, family, with_identity))

enum class access_verdict { granted, denied, unknown_user, account_disabled, session_ended };
BOOST_DESCRIBE_ENUM(access_verdict, granted, denied, unknown_user, account_disabled, session_ended)

struct role_in_force {
  role_assignment_uuid assignment_id;
  role_uuid role_id;
  musterd::scope_type scope_type = musterd::scope_type::global;
  std::optional<location_uuid> location_id;
};
BOOST_DESCRIBE_STRUCT(role_in_force, (), (assignment_id, role_id, scope_type, location_id))

/// Whether the user may come in at all, and the roles held at that instant.
struct access_standing {
  access_verdict verdict = access_verdict::unknown_user;
  std::vector<role_in_force> roles;
  /// Only when asked for.
  std::optional<identity_view> identity;
  /// Only of sessions of ours: other issuers see to their own sign-ins.
  bool must_change_password = false;
  bool lacks_second_factor = false;
};
BOOST_DESCRIBE_STRUCT(access_standing, (),
                      (verdict, roles, identity, must_change_password, lacks_second_factor))

/// What the user has to do before anything else is open.
std::optional<required_action> required_of(const access_standing& standing, const role_catalog& roles,
                                           const sign_in_policy& policy);

access_standing reply_to(const person_state& state, const access_question& question, timestamp now);

/// With `granted`: whether everywhere, or at which shops.
struct access_answer {
  access_verdict verdict = access_verdict::denied;
  bool everywhere = false;
  std::vector<location_uuid> locations;
  friend bool operator==(const access_answer&, const access_answer&) = default;
};

/// Union of the roles in force (S89-R8). Deny by default. Allocates only for locations.
access_answer decide_access(const access_standing& standing, const role_catalog& roles,
                            permission_index permission);

/// Where somebody holds any role at all: what a route for every signed-in user may show, such as one's own
/// shops.
access_answer own_scope(const access_standing& standing);

/// Both steps at once.
access_answer check_access(const person_state& state, const role_catalog& roles,
                           const access_question& question, permission_index permission, timestamp now);

/// 403 ACCOUNT_DISABLED (D-26).
fault account_disabled();
/// What a caller is told of a verdict that is not `granted`.
fault fault_of(access_verdict verdict);

}  // namespace musterd
