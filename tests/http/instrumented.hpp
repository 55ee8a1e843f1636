#pragma once

#include <cstdlib>

namespace musterd::testing {

/// Whether the server under test has sanitizers: it is slower, and its memory is mostly theirs.
inline bool is_instrumented() {
  return std::getenv("MUSTERD_INSTRUMENTED") != nullptr;
}

/// Rounds of a race. Instrumented code is slower, and not there to find the race.
inline int rounds() {
  return is_instrumented() ? 40 : 200;
}

}  // namespace musterd::testing
