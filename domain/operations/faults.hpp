#pragma once

#include "common/known_fault.hpp"

/// How dead letters and their replays refuse.
namespace musterd {

inline constexpr auto dead_letter_not_found = not_found("DEAD_LETTER_NOT_FOUND", "Dead letter not found.");
inline constexpr auto dead_letter_not_open =
    conflict("DEAD_LETTER_NOT_OPEN", "The dead letter is retried or discarded already.");
inline constexpr auto dead_letter_not_retryable = conflict(
    "DEAD_LETTER_NOT_RETRYABLE", "There is no readable event in this message; it can only be discarded.");

inline constexpr auto dead_letter_replay_not_found =
    not_found("DEAD_LETTER_REPLAY_NOT_FOUND", "Replay not found.");
inline constexpr auto dead_letter_replay_finished =
    conflict("DEAD_LETTER_REPLAY_FINISHED", "The replay has ended.");

}  // namespace musterd
