#pragma once

#include "common/settings/setting_list.hpp"

#include <string>

namespace musterd {

/// The settings in force, as commented TOML, with the source of values that are not defaults. Secrets are
/// masked.
std::string show_settings(const setting_list& settings);

/// All settings at their current values, commented out, with their limits: `config.example.toml`.
std::string example_settings(const setting_list& settings);

}  // namespace musterd
