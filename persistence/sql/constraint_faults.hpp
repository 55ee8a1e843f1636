#pragma once

#include "common/known_fault.hpp"
#include "domain/kernel/record_changed.hpp"

namespace musterd {

/// A reused key: the entity then looks up the first answer.
inline constexpr auto idempotency_key_used =
    conflict("IDEMPOTENCY_KEY_USED", "The Idempotency-Key was used before.");

/// Maps a PostgreSQL error to a fault by the violated constraint's name in its message. Unknown constraints
/// and anything else are internal.
fault fault_from_sql(std::string_view sqlstate, std::string_view message);

/// The quoted name after "constraint" or "guard" in a PostgreSQL message; empty without one.
std::string_view constraint_name(std::string_view message);

}  // namespace musterd
