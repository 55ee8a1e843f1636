#pragma once

#include "domain/timecard/records.hpp"

#include <vector>

namespace musterd {

/// A timecard with its sessions and breaks, in the order in which they happened.
struct workday {
  timecard card;
  std::vector<clock_session> sessions;
  std::vector<break_record> breaks;
  friend bool operator==(const workday&, const workday&) = default;
};
BOOST_DESCRIBE_STRUCT(workday, (), (card, sessions, breaks))

/// A timecard actor's state: the person's latest days, oldest first; older ones are only in the database.
/// Several days, because shops in different zones may disagree about the date.
struct timecard_state {
  person_uuid person;
  std::vector<workday> recent;
  std::optional<break_type> last_break_type;

  const clock_session* open_session() const;
  const break_record* running_break() const;
  const workday* find(timecard_uuid card) const;
  friend bool operator==(const timecard_state&, const timecard_state&) = default;
};

/// How many days before the latest one an actor remembers.
inline constexpr std::chrono::days remembered_days{2};

}  // namespace musterd
