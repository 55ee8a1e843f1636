#pragma once

#include "common/json/described.hpp"

namespace musterd {

class setting_list;

enum class work_execution {
  builtin,
  /// Another server handles the commands and owns their queue.
  external,
  /// Every StopJobTimers is refused: for drills and tests.
  failing,
};
BOOST_DESCRIBE_ENUM(work_execution, builtin, external, failing)

/// `[workexec]`
struct work_execution_settings {
  work_execution mode = work_execution::builtin;

  /// Whether timers are kept here.
  bool is_here() const { return mode != work_execution::external; }
};

void describe(setting_list& on, work_execution_settings& s);

}  // namespace musterd
