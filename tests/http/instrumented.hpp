#pragma once

#include <cstdlib>

namespace musterd::testing {

/// Whether the server under test is built with sanitizers: it is slower, and its memory is mostly theirs.
inline bool is_instrumented() {
  return std::getenv("MUSTERD_INSTRUMENTED") != nullptr;
}

/// How often to run a race. Instrumented code needs longer per round, and is not there to find the race.
inline int rounds() {
  return is_instrumented() ? 40 : 200;
}

}  // namespace musterd::testing
