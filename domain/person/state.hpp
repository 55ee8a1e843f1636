#pragma once

#include "domain/person/account/second_factor.hpp"
#include "domain/person/held_data/erasure.hpp"
#include "domain/person/records.hpp"

namespace musterd {

/// How many assignments that have ended a person actor remembers, and how many placements: the last ones.
inline constexpr std::size_t remembered_endings = 100;

/// What a person actor keeps in memory. Dead sessions are only in the database, and so is what ended long
/// ago: the first instant of what is remembered completely is the end of the first that is.
struct person_state {
  /// Whom the actor stands for, also when there is no such person.
  person_uuid id;
  std::optional<musterd::person> person;
  std::optional<user_account> user;
  /// Also those that have ended: a decision may be asked about any instant. Before `assignments_since`, if
  /// that is set, some are left out.
  std::vector<role_assignment> assignments;
  std::optional<timestamp> assignments_since;
  /// Where the person works, has worked and will work, in the order it was entered.
  std::vector<location_assignment> placements;
  std::optional<timestamp> placements_since;
  /// Sessions that are not revoked, oldest first.
  std::vector<refresh_family> sessions;
  /// 0: no password.
  std::int64_t credential_version = 0;
  /// Set for ever once somebody is erased.
  std::optional<person_erasure> erasure;
  /// Somebody else set the password.
  bool must_change_password = false;
  std::optional<second_factor> factor;

  const role_assignment* find_assignment(role_assignment_uuid wanted) const;
  const location_assignment* find_placement(location_assignment_uuid wanted) const;
  const refresh_family* find_session(token_family_uuid family) const;
  friend bool operator==(const person_state&, const person_state&) = default;
};
BOOST_DESCRIBE_STRUCT(person_state, (),
                      (id, person, user, assignments, placements, sessions, credential_version,
                       must_change_password, factor, erasure))

/// Leaves out what ended before the last `remembered_endings` at `now`.
void forget_old_endings(person_state& state, timestamp now);

/// More sign-ins than this end the oldest.
inline constexpr std::size_t max_live_sessions = 10;

}  // namespace musterd
