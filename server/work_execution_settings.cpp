#include "server/work_execution_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, work_execution_settings& s) {
  on.choice("workexec.mode", s.mode,
            "Who keeps job timers: this server, another one behind the same messages, or (for drills and "
            "tests) this one, refusing every StopJobTimers.");
}

}  // namespace musterd
