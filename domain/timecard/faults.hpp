#pragma once

#include "common/known_fault.hpp"

/// How the time clock refuses.
namespace musterd {

inline constexpr auto already_clocked_in = conflict("ALREADY_CLOCKED_IN", "You are already clocked in.");
inline constexpr auto not_clocked_in = conflict("NOT_CLOCKED_IN", "You are not clocked in.");
inline constexpr auto session_overlap = conflict("SESSION_OVERLAP", "Clock sessions must not overlap.");
inline constexpr auto too_many_clock_ins =
    conflict("TOO_MANY_CLOCK_INS", "You have clocked in 2000 times on this day.");
inline constexpr auto break_already_in_progress =
    conflict("BREAK_ALREADY_IN_PROGRESS", "A break is already in progress.");
inline constexpr auto no_active_break = conflict("NO_ACTIVE_BREAK", "No active break to end.");
inline constexpr auto break_overlap = conflict("BREAK_OVERLAP", "Breaks must not overlap.");
inline constexpr auto break_outside_session =
    conflict("BREAK_OUTSIDE_SESSION", "A break must lie inside its clock session.");
inline constexpr auto too_many_breaks = conflict("TOO_MANY_BREAKS", "You have had 2000 breaks on this day.");
inline constexpr auto timecard_not_found = not_found("TIMECARD_NOT_FOUND", "Timecard not found.");

}  // namespace musterd
