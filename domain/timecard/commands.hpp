#pragma once

#include "domain/company/faults.hpp"
#include "domain/timecard/events.hpp"
#include "domain/timecard/faults.hpp"
#include "domain/timecard/views.hpp"

#include <variant>

/// What a person may ask of their time clock (Story 84). `answer` and `success_status` are for success,
/// `faults` for refusals; the rules are in decide.cpp.
namespace musterd {

inline constexpr std::size_t max_notes_length = 2000;
/// Of one person on one work date, at all shops: more than anybody works, and a timecard stays one answer.
inline constexpr std::size_t max_sessions_a_day = 2'000;
inline constexpr std::size_t max_breaks_a_day = 2'000;

/// Starts a clock session at a shop.
struct clock_in {
  static constexpr std::string_view name = "clock_in";
  static constexpr int success_status = 201;
  using answer = clocked_in_view;
  static constexpr std::array faults{already_clocked_in, location_not_found, session_overlap,
                                     too_many_clock_ins};

  location_uuid location_id;
  std::optional<std::string> notes;
};
BOOST_DESCRIBE_STRUCT(clock_in, (), (location_id, notes))
timecard_rule<clock_in> decide;

/// Ends the open session, and a running break with it (S84-R5).
struct clock_out {
  static constexpr std::string_view name = "clock_out";
  static constexpr int success_status = 200;
  using answer = clocked_out_view;
  static constexpr std::array faults{not_clocked_in};
};
BOOST_DESCRIBE_STRUCT(clock_out, (), ())
timecard_rule<clock_out> decide;

/// Starts a break inside the open session.
struct start_break {
  static constexpr std::string_view name = "start_break";
  static constexpr int success_status = 201;
  using answer = break_record;
  static constexpr std::array faults{not_clocked_in, break_already_in_progress, break_overlap,
                                     break_outside_session, too_many_breaks};

  musterd::break_type break_type = musterd::break_type::other;
  std::optional<std::string> notes;
};
BOOST_DESCRIBE_STRUCT(start_break, (), (break_type, notes))
timecard_rule<start_break> decide;

/// Ends the running break.
struct end_break {
  static constexpr std::string_view name = "end_break";
  static constexpr int success_status = 200;
  using answer = break_record;
  static constexpr std::array faults{no_active_break};
};
BOOST_DESCRIBE_STRUCT(end_break, (), ())
timecard_rule<end_break> decide;

/// Ends what runs, as of an instant, for somebody whose access was taken away (S90-R4). May be repeated at
/// will.
struct force_clock_out {
  static constexpr std::string_view name = "force_clock_out";
  static constexpr int success_status = 200;
  using answer = forced_out_view;

  timestamp at{};
  /// For `forcedStopReason`.
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(force_clock_out, (), (at, reason))
timecard_rule<force_clock_out> decide;

/// Reads a recent timecard from the actor: the one of `date`, or the latest. A query is a command without
/// events.
struct get_timecard {
  static constexpr std::string_view name = "get_timecard";
  static constexpr int success_status = 200;
  static constexpr bool is_query = true;
  using answer = timecard_view;
  static constexpr std::array faults{timecard_not_found};

  std::optional<local_date> date;
  static constexpr std::array<std::string_view, 1> meanings{
      "The shop's local day; the latest timecard when left out."};
};
BOOST_DESCRIBE_STRUCT(get_timecard, (), (date))
timecard_rule<get_timecard> decide;

using timecard_command =
    std::variant<clock_in, clock_out, start_break, end_break, force_clock_out, get_timecard>;

/// Field rules that the types cannot express.
void validate(const clock_in& c, std::vector<field_error>& errors);
void validate(const start_break& c, std::vector<field_error>& errors);

}  // namespace musterd
