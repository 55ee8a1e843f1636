#pragma once

#include "common/settings/setting_list.hpp"

#include <string>

namespace musterd {

/// What holds, as a commented TOML file; says where a value comes from that is not the default. Secrets are
/// masked.
std::string show_settings(const setting_list& settings);

/// All settings as they are, commented out, with their limits: `config.example.toml`.
std::string example_settings(const setting_list& settings);

}  // namespace musterd
