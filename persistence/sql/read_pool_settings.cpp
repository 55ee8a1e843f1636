#include "persistence/sql/read_pool_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, read_pool_settings& s) {
  on.number("reads.threads", s.command_threads, {1, 64},
            "Connections for reads that commands and sign-ins wait for: waking records, lookups.");
  on.number("reads.list_threads", s.list_threads, {1, 64},
            "Connections for lists and reports, which use no others.");
  on.number<std::chrono::milliseconds>(
      "reads.deadline_ms", s.deadline, {100, 60'000},
      "Longest a read may take, waiting included; then its connection is cut. Above 6000 a record may take "
      "longer to wake than its caller waits.");
}

}  // namespace musterd
