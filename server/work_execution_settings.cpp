#include "server/work_execution_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, work_execution_settings& s) {
  on.choice("workexec.mode", s.mode,
            "Who keeps job timers: this server, another behind the same messages, or this one refusing every "
            "StopJobTimers, for drills and tests.");
}

}  // namespace musterd
