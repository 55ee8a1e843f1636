#pragma once

#include "domain/person/records.hpp"

namespace musterd {

/// What a person actor keeps in memory. Dead sessions are only in the database.
struct person_state {
  /// Whom the actor stands for, also when there is no such person.
  person_uuid id;
  std::optional<musterd::person> person;
  std::optional<user_account> user;
  /// Also those that have ended: a decision may be asked about any instant.
  std::vector<role_assignment> assignments;
  /// Where the person works, has worked and will work, in the order it was entered.
  std::vector<location_assignment> placements;
  /// Sessions that are not revoked, oldest first.
  std::vector<refresh_family> sessions;
  /// 0: no password.
  std::int64_t credential_version = 0;

  const role_assignment* find_assignment(assignment_uuid wanted) const;
  const location_assignment* find_placement(assignment_uuid wanted) const;
  const refresh_family* find_session(token_family_uuid family) const;
  friend bool operator==(const person_state&, const person_state&) = default;
};
BOOST_DESCRIBE_STRUCT(person_state, (),
                      (id, person, user, assignments, placements, sessions, credential_version))

/// More sign-ins than this end the oldest.
inline constexpr std::size_t max_live_sessions = 10;

}  // namespace musterd
