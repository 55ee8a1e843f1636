#pragma once

#include "common/known_fault.hpp"

/// How offboarding cases refuse.
namespace musterd {

inline constexpr auto case_not_found = not_found("OFFBOARDING_CASE_NOT_FOUND", "Offboarding case not found.");
inline constexpr auto command_not_found = not_found("COMMAND_NOT_FOUND", "The case has no such command.");
/// It has succeeded, or an operator has accepted that it does not.
inline constexpr auto command_finished = conflict("COMMAND_FINISHED", "The command is finished.");
inline constexpr auto command_in_progress =
    conflict("COMMAND_IN_PROGRESS", "The command is being attempted; its answer is awaited.");
inline constexpr auto command_not_scheduled =
    conflict("COMMAND_NOT_SCHEDULED", "The command waits for an operator already.");
inline constexpr auto command_not_paused = conflict("COMMAND_NOT_PAUSED", "The command is not paused.");

}  // namespace musterd
