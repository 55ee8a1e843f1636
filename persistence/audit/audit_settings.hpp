#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace musterd {

class setting_list;

struct audit_export_settings {
  std::string folder = "var/exports";
  std::int64_t max_rows = 1'000'000;
  std::chrono::days max_range{366};
  /// Limit of one file and of all files of a company.
  std::int64_t max_megabytes = 4096;
};

/// `[audit]`
struct audit_settings {
  /// Empty: a key that is not kept.
  std::string chain_key_file = "var/keys/audit.key";
  /// Empty: none.
  std::string anchor_file = "var/keys/audit.anchors";
  audit_export_settings exports;
};

void describe(setting_list& on, audit_settings& s);

}  // namespace musterd
