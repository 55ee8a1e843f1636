#pragma once

#include "domain/kernel/table.hpp"

#include <optional>

/// Rows of the time clock, as the wire shows them (S84-F10).
namespace musterd {

enum class timecard_status { open, closed };
BOOST_DESCRIBE_ENUM(timecard_status, open, closed)

/// One person's work at one shop on one of the shop's local days.
struct timecard {
  timecard_uuid id;
  person_uuid person_id;
  location_uuid location_id;
  /// The shop's local date at the first clock-in.
  local_date work_date{};
  timecard_status status = timecard_status::open;
  std::int64_t version = 1;
  friend bool operator==(const timecard&, const timecard&) = default;
};
BOOST_DESCRIBE_STRUCT(timecard, (), (id, person_id, location_id, work_date, status, version))
template <>
struct table_of<timecard> : versioned_table<"people.timecard", "id"> {};

/// From one clock-in to its clock-out: [clock_in_at, clock_out_at).
struct clock_session {
  clock_session_uuid id;
  timecard_uuid timecard_id;
  person_uuid person_id;
  location_uuid location_id;
  timestamp clock_in_at{};
  std::optional<timestamp> clock_out_at;
  timecard_status status = timecard_status::open;
  std::optional<std::string> notes;
  /// Why the system ended it, if it did (S90-F16): "USER_DISABLED".
  std::optional<std::string> forced_stop_reason;
  std::int64_t version = 1;
  friend bool operator==(const clock_session&, const clock_session&) = default;
};
BOOST_DESCRIBE_STRUCT(clock_session, (),
                      (id, timecard_id, person_id, location_id, clock_in_at, clock_out_at, status, notes,
                       forced_stop_reason, version))
template <>
struct table_of<clock_session> : versioned_table<"people.clock_session", "id"> {};

enum class break_type { meal, rest, other };
BOOST_DESCRIBE_ENUM(break_type, meal, rest, other)

enum class break_status { in_progress, completed };
BOOST_DESCRIBE_ENUM(break_status, in_progress, completed)

enum class break_end_reason { manual_ended, auto_ended_at_clockout };
BOOST_DESCRIBE_ENUM(break_end_reason, manual_ended, auto_ended_at_clockout)

/// S84-F10.
struct break_record {
  break_uuid id;
  timecard_uuid timecard_id;
  clock_session_uuid clock_session_id;
  person_uuid mechanic_id;
  musterd::break_type break_type = musterd::break_type::other;
  break_status status = break_status::in_progress;
  timestamp start_time{};
  std::optional<timestamp> end_time;
  std::optional<break_end_reason> end_reason;
  bool auto_ended = false;
  /// The ClockedOut event that ended it, if one did.
  std::optional<event_uuid> trigger_event_id;
  std::optional<std::string> forced_stop_reason;
  std::optional<std::string> notes;
  timestamp created_at{};
  timestamp updated_at{};
  uuid created_by;
  /// The mechanic, or `system_principal` when the clock-out ended it.
  uuid updated_by;
  std::int64_t version = 1;
  friend bool operator==(const break_record&, const break_record&) = default;
};
BOOST_DESCRIBE_STRUCT(break_record, (),
                      (id, timecard_id, clock_session_id, mechanic_id, break_type, status, start_time,
                       end_time, end_reason, auto_ended, trigger_event_id, forced_stop_reason, notes,
                       created_at, updated_at, created_by, updated_by, version))
template <>
struct table_of<break_record> : versioned_table<"people.break_record", "id"> {};

}  // namespace musterd
