#include "common/observation/log_settings.hpp"

#include "common/settings/setting_list.hpp"

#include <stdexcept>

namespace musterd {

log::level log_settings::least() const {
  for (auto one :
       {log::level::debug, log::level::info, log::level::warn, log::level::error, log::level::critical})
    if (log::level_name(one) == level)
      return one;
  throw std::runtime_error{"log.level must be debug, info, warn, error or critical"};
}

void describe(setting_list& on, log_settings& s) {
  on.text("log.level", s.level, "debug, info, warn, error or critical.");
}

}  // namespace musterd
