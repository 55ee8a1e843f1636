#pragma once

#include "common/known_fault.hpp"

/// How job timers refuse.
namespace musterd {

inline constexpr auto timer_already_active =
    conflict("TIMER_ALREADY_ACTIVE", "A job timer is already running.");
inline constexpr auto no_active_timer = conflict("NO_ACTIVE_TIMER", "No job timer is running.");
inline constexpr auto timer_overlap = conflict("TIMER_OVERLAP", "Job timers must not overlap.");
inline constexpr auto timer_immutable =
    conflict("TIMER_IMMUTABLE", "A job timer that has stopped never changes.");

}  // namespace musterd
