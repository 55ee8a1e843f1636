#pragma once

#include "common/fault.hpp"
#include "common/settings/setting_list.hpp"

#include <functional>
#include <map>
#include <string>

namespace musterd {

/// Where settings come from, weakest first: defaults, TOML file, environment, flags ("http.port" → "8080").
struct setting_sources {
  std::string file;
  std::function<const char*(const std::string&)> environment;
  std::map<std::string, std::string> flags;
};

/// Sets what the sources say. The fault lists every unknown key and bad value.
outcome<void> read_settings(setting_list& into, const setting_sources& sources);

}  // namespace musterd
