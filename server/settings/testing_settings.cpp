#include "server/settings/testing_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, testing_settings& s) {
  on.flag("testing.fault_injection", s.fault_injection,
          "Obey X-Fault-Injection headers. Never in production.");
  on.text("testing.crash_at", s.crash_at,
          "Where the process dies, e.g. report_command:after-commit. Never in production.");
}

}  // namespace musterd
