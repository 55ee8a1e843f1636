#pragma once

#include "common/fault.hpp"
#include "domain/timecard/state.hpp"

/// Answers of the time clock.
namespace musterd {

struct clocked_in_view {
  musterd::clock_session clock_session;
  musterd::timecard timecard;
};
BOOST_DESCRIBE_STRUCT(clocked_in_view, (), (clock_session, timecard))

struct clocked_out_view {
  musterd::clock_session clock_session;
  musterd::timecard timecard;
  std::optional<break_record> auto_ended_break;
};
BOOST_DESCRIBE_STRUCT(clocked_out_view, (), (clock_session, timecard, auto_ended_break))

struct forced_out_view {
  bool ended = false;
};
BOOST_DESCRIBE_STRUCT(forced_out_view, (), (ended))

/// A timecard with everything on it. Minutes are whole, rounded down; what is still running counts up to now.
struct timecard_view {
  timecard_uuid id;
  person_uuid person_id;
  location_uuid location_id;
  local_date work_date{};
  timecard_status status = timecard_status::open;
  std::int64_t version = 1;
  std::vector<clock_session> sessions;
  std::vector<break_record> breaks;
  /// Time in sessions minus breaks.
  std::int64_t worked_minutes = 0;
  std::int64_t break_minutes = 0;
  /// The type of the person's last break, which a clock's screen preselects (S84-AC7).
  std::optional<break_type> suggested_break_type;
};
BOOST_DESCRIBE_STRUCT(timecard_view, (),
                      (id, person_id, location_id, work_date, status, version, sessions, breaks,
                       worked_minutes, break_minutes, suggested_break_type))

timecard_view make_timecard_view(const workday& day, std::optional<break_type> suggested, timestamp now);

}  // namespace musterd
