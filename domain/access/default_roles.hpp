#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace musterd {

/// The names of the roles that every company begins with (seed/roles.json; D-65 to D-74).
inline constexpr auto default_role_names =
    std::to_array<std::string_view>({"OWNER", "GLOBAL_ADMIN", "ADMIN", "SECURITY_ADMIN", "HR", "MANAGER",
                                     "SHOP_MANAGER", "ACCOUNTING", "AUDITOR", "DISPATCHER", "SERVICE_WRITER",
                                     "ADVISOR", "MECHANIC", "INVENTORY", "REPORTING", "READ_ONLY"});

constexpr bool is_default_role(std::string_view name) {
  return std::ranges::find(default_role_names, name) != default_role_names.end();
}

}  // namespace musterd
