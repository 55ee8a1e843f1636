#pragma once

#include "domain/kernel/record_changed.hpp"

namespace musterd {

/// Fault code of a reused Idempotency-Key: the entity then looks up the first answer.
inline constexpr std::string_view idempotency_key_used = "IDEMPOTENCY_KEY_USED";

/// Maps a PostgreSQL error to a fault by the violated constraint's name in its message. Unknown constraints
/// and anything else are internal.
fault fault_from_sql(std::string_view sqlstate, std::string_view message);

/// The quoted name after "constraint" or "guard" in a PostgreSQL message; empty without one.
std::string_view constraint_name(std::string_view message);

}  // namespace musterd
