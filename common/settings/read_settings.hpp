#pragma once

#include "common/fault.hpp"
#include "common/settings/setting_list.hpp"

#include <functional>
#include <map>
#include <string>

namespace musterd {

/// Sources of settings, weakest first: defaults, TOML file, environment, flags ("http.port" → "8080").
struct setting_sources {
  std::string file;
  std::function<const char*(const std::string&)> environment;
  std::map<std::string, std::string> flags;
};

/// Applies the sources. The fault lists unknown keys and bad values.
outcome<void> read_settings(setting_list& into, const setting_sources& sources);

}  // namespace musterd
