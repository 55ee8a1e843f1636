#include "persistence/audit/audit_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, audit_settings& s) {
  on.text("audit.chain_key_file", s.chain_key_file,
          "Key of the audit chains; created at first start. Without it nothing can be verified.");
  on.text("audit.anchor_file", s.anchor_file,
          "File that remembers, outside the database, where the audit chains end. Empty: none.");
  on.text("audit.export_dir", s.exports.folder, "Folder for exports of the audit trail.");
  on.number("audit.export_max_rows", s.exports.max_rows, {1, 100'000'000}, "Most entries in one export.");
  on.number<std::chrono::days>("audit.export_max_days", s.exports.max_range, {1, 3660},
                               "Longest range of one export.");
  on.number("audit.export_max_megabytes", s.exports.max_megabytes, {1, 1'000'000, "MiB"},
            "Largest export, and most that one company's files may take: the oldest go first.");
}

}  // namespace musterd
