#pragma once

#include <cstddef>

namespace musterd {

/// Of `is_permission_key`, in bytes: keys stay in memory and in indexes for as long as their company is
/// there.
inline constexpr std::size_t longest_permission_key = 200;

}  // namespace musterd
