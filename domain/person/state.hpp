#pragma once

#include "domain/person/account/second_factor.hpp"
#include "domain/person/held_data/erasure.hpp"
#include "domain/person/records.hpp"

namespace musterd {

/// How many ended role assignments, and how many ended placements, a person actor remembers: the latest.
inline constexpr std::size_t remembered_endings = 100;

/// A person actor's state. Dead sessions and old endings are only in the database: memory is complete from
/// the end of the earliest one remembered.
struct person_state {
  /// The person the actor stands for, even if none exists.
  person_uuid id;
  std::optional<musterd::person> person;
  std::optional<user_account> user;
  /// Ended ones too: a decision may concern any instant. If `assignments_since` is set, some are missing
  /// before it.
  std::vector<role_assignment> assignments;
  std::optional<timestamp> assignments_since;
  /// Past, present and future ones, in the order of entry.
  std::vector<location_assignment> placements;
  std::optional<timestamp> placements_since;
  /// Sessions that are not revoked, oldest first.
  std::vector<refresh_family> sessions;
  /// 0 if there is no password.
  std::int64_t credential_version = 0;
  /// Set for good once the person is erased.
  std::optional<person_erasure> erasure;
  /// Somebody else set the password.
  bool must_change_password = false;
  std::optional<second_factor> factor;

  const role_assignment* find_assignment(role_assignment_uuid wanted) const;
  const location_assignment* find_placement(location_assignment_uuid wanted) const;
  const refresh_family* find_session(token_family_uuid family) const;
  bool is_user(user_uuid wanted) const { return user && person && user->user_id == wanted; }
  friend bool operator==(const person_state&, const person_state&) = default;
};
BOOST_DESCRIBE_STRUCT(person_state, (),
                      (id, person, user, assignments, placements, sessions, credential_version,
                       must_change_password, factor, erasure))

/// Drops what had ended at `now`, except for the last `remembered_endings`.
void forget_old_endings(person_state& state, timestamp now);

/// Any sign-in beyond this ends the oldest session.
inline constexpr std::size_t max_live_sessions = 10;

}  // namespace musterd
