#pragma once

#include <string>

namespace musterd {

class setting_list;

/// `[testing]`
struct testing_settings {
  bool fault_injection = false;
  /// A `crash_point`.
  std::string crash_at;
};

void describe(setting_list& on, testing_settings& s);

}  // namespace musterd
