#pragma once

#include <cstdlib>

namespace musterd::testing {

/// How often a race is run: `usual`, or as often as MUSTERD_TEST_ROUNDS says.
inline int rounds(int usual = 200) {
  const char* wanted = std::getenv("MUSTERD_TEST_ROUNDS");
  return wanted ? std::atoi(wanted) : usual;
}

}  // namespace musterd::testing
