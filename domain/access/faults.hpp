#pragma once

#include "common/known_fault.hpp"

/// How giving and taking power is refused.
namespace musterd {

inline constexpr auto exceeds_own_authority = forbidden(
    "EXCEEDS_OWN_AUTHORITY", "You can only give and take what you hold yourself, as widely and as long.");
inline constexpr auto last_admin = conflict("LAST_ADMIN", "Nobody would be left who can manage users.");
inline constexpr auto last_owner = conflict("LAST_ADMIN", "Nobody would be left who may give everything.");

}  // namespace musterd
