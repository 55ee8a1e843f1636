#pragma once

#include "domain/person/records.hpp"

namespace musterd {

/// What a person actor keeps in memory. Ended assignments and dead sessions are only in the database.
struct person_state {
  /// Whom the actor stands for, also when there is no such person.
  person_uuid id;
  std::optional<musterd::person> person;
  std::optional<user_account> user;
  std::vector<role_assignment> assignments;
  /// Sessions that are not revoked, oldest first.
  std::vector<refresh_family> sessions;

  const refresh_family* find_session(token_family_uuid family) const;
  friend bool operator==(const person_state&, const person_state&) = default;
};
BOOST_DESCRIBE_STRUCT(person_state, (), (id, person, user, assignments, sessions))

/// More sign-ins than this end the oldest.
inline constexpr std::size_t max_live_sessions = 10;

}  // namespace musterd
