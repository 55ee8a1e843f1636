#pragma once

#include "common/observation/log.hpp"

#include <string>

namespace musterd {

class setting_list;

/// `[log]`
struct log_settings {
  std::string level = "info";

  /// Throws std::runtime_error for an unknown level.
  log::level least() const;
};

void describe(setting_list& on, log_settings& s);

}  // namespace musterd
