#pragma once

#include "common/time/time.hpp"

#include <algorithm>

namespace musterd {

/// The end of an interval, or the start of what follows it: a clock that was set back must not put it
/// earlier.
inline timestamp not_before(timestamp earlier, timestamp now) {
  return std::max(earlier, now);
}

}  // namespace musterd
