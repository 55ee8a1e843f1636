#include "persistence/sql/read_pool_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, read_pool_settings& s) {
  on.number("reads.threads", s.command_threads, {1, 64},
            "Connections for what commands and sign-ins wait for: records that wake, lookups.");
  on.number("reads.list_threads", s.list_threads, {1, 64},
            "Connections for lists and reports; they have no others.");
  on.number<std::chrono::milliseconds>(
      "reads.deadline_ms", s.deadline, {100, 60'000},
      "After this a read has failed, waiting included; its connection is cut if need be. Beyond 6000 "
      "a record may take longer to wake than its caller waits.");
}

}  // namespace musterd
