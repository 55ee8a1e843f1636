#pragma once

#include "tests/http/time/stage.hpp"

#include <fmt/format.h>

namespace musterd::testing {

/// `what` of a timer, as the shared server's database has it.
inline std::string stored(const std::string& timer_id, const std::string& what) {
  return text_of(shared_server().db(),
                 fmt::format("SELECT {} FROM workexec.job_timer WHERE timer_id = '{}'", what, timer_id));
}

}  // namespace musterd::testing
