#pragma once

#include <string_view>

namespace musterd {

/// seed/demo.json and seed/roles.json, embedded at build time.
std::string_view embedded_demo_company();
std::string_view embedded_default_roles();

}  // namespace musterd
