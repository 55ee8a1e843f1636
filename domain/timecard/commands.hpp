#pragma once

#include "common/known_fault.hpp"
#include "domain/timecard/views.hpp"

#include <variant>

/// What a person may ask of their time clock. `answer` is what success answers, `success_status` its HTTP
/// status.
namespace musterd {

inline constexpr std::size_t max_notes_length = 2000;
/// Of one person on one work date, at all shops: nobody works so, and a timecard stays one answer.
inline constexpr std::size_t max_sessions_a_day = 2'000;
inline constexpr std::size_t max_breaks_a_day = 2'000;

/// Starts a clock session at a shop.
struct clock_in {
  static constexpr std::string_view name = "clock_in";
  static constexpr int success_status = 201;
  using answer = clocked_in_view;
  static constexpr std::array faults{
      known::forbidden("ACCOUNT_DISABLED"), known::conflict("ALREADY_CLOCKED_IN"),
      known::not_found("LOCATION_NOT_FOUND"), known::conflict("SESSION_OVERLAP"),
      known::conflict("TOO_MANY_CLOCK_INS")};

  location_uuid location_id;
  std::optional<std::string> notes;
};
BOOST_DESCRIBE_STRUCT(clock_in, (), (location_id, notes))

/// Ends the open session, and a running break with it (S84-R5).
struct clock_out {
  static constexpr std::string_view name = "clock_out";
  static constexpr int success_status = 200;
  using answer = clocked_out_view;
  static constexpr std::array faults{known::conflict("NOT_CLOCKED_IN")};
};
BOOST_DESCRIBE_STRUCT(clock_out, (), ())

/// Starts a break inside the open session.
struct start_break {
  static constexpr std::string_view name = "start_break";
  static constexpr int success_status = 201;
  using answer = break_record;
  static constexpr std::array faults{
      known::forbidden("ACCOUNT_DISABLED"),         known::conflict("NOT_CLOCKED_IN"),
      known::conflict("BREAK_ALREADY_IN_PROGRESS"), known::conflict("BREAK_OVERLAP"),
      known::conflict("BREAK_OUTSIDE_SESSION"),     known::conflict("TOO_MANY_BREAKS")};

  musterd::break_type break_type = musterd::break_type::other;
  std::optional<std::string> notes;
};
BOOST_DESCRIBE_STRUCT(start_break, (), (break_type, notes))

/// Ends the running break.
struct end_break {
  static constexpr std::string_view name = "end_break";
  static constexpr int success_status = 200;
  using answer = break_record;
  static constexpr std::array faults{known::conflict("NO_ACTIVE_BREAK")};
};
BOOST_DESCRIBE_STRUCT(end_break, (), ())

/// Ends what runs, as of an instant, for somebody whose access was taken away (S90-R4). With nothing to end
/// it changes nothing: it may be repeated at will.
struct force_clock_out {
  static constexpr std::string_view name = "force_clock_out";
  static constexpr int success_status = 200;
  using answer = forced_out_view;

  timestamp at{};
  /// For `forcedStopReason`.
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(force_clock_out, (), (at, reason))

/// Reads a recent timecard from the actor: the one of `date`, or the latest. A query is a command that yields
/// no event.
struct get_timecard {
  static constexpr std::string_view name = "get_timecard";
  static constexpr int success_status = 200;
  static constexpr bool is_query = true;
  using answer = timecard_view;
  static constexpr std::array faults{known::not_found("TIMECARD_NOT_FOUND")};

  std::optional<local_date> date;
  static constexpr std::array<std::string_view, 1> meanings{
      "The shop's local day; the latest timecard when left out."};
};
BOOST_DESCRIBE_STRUCT(get_timecard, (), (date))

using timecard_command =
    std::variant<clock_in, clock_out, start_break, end_break, force_clock_out, get_timecard>;

/// Field rules that the types cannot express.
void validate(const clock_in& c, std::vector<field_error>& errors);
void validate(const start_break& c, std::vector<field_error>& errors);

}  // namespace musterd
