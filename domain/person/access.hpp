#pragma once

#include "common/fault.hpp"
#include "domain/person/state.hpp"

/// May this user do that, now? Asked for every request: nothing of the answer is ever cached.
namespace musterd {

struct access_question {
  user_uuid user_id;
  /// The session the token belongs to; nil for tokens of external issuers, which have none here.
  token_family_uuid family;
  permission_index permission = no_permission;
};
BOOST_DESCRIBE_STRUCT(access_question, (), (user_id, family, permission))

enum class access_verdict { granted, denied, unknown_user, account_disabled, session_ended };
BOOST_DESCRIBE_ENUM(access_verdict, granted, denied, unknown_user, account_disabled, session_ended)

/// With `granted`: whether everywhere, or at which shops.
struct access_answer {
  access_verdict verdict = access_verdict::denied;
  bool everywhere = false;
  std::vector<location_uuid> locations;
  friend bool operator==(const access_answer&, const access_answer&) = default;
};
BOOST_DESCRIBE_STRUCT(access_answer, (), (verdict, everywhere, locations))

/// Union of the assignments in force at `now` (Story 89, BR8). Deny by default. Allocates only for locations.
access_answer check_access(const person_state& state, const role_catalog& roles,
                           const access_question& question, timestamp now);

/// 403 ACCOUNT_DISABLED (DECISIONS, section 2).
fault account_disabled();
/// What a caller is told of a verdict that is not `granted`.
fault fault_of(access_verdict verdict);

}  // namespace musterd
