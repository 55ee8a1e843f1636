#pragma once

#include "domain/kernel/record_changed.hpp"

namespace musterd {

/// The code of the fault for a reused Idempotency-Key: the entity then looks up the first answer.
inline constexpr std::string_view idempotency_key_used = "IDEMPOTENCY_KEY_USED";

/// The fault for an error of PostgreSQL, found by the name of the violated constraint in its message. An
/// unknown constraint is internal, as is anything else.
fault fault_from_sql(std::string_view sqlstate, std::string_view message);

/// The name between quotes after "constraint" in a message of PostgreSQL; empty when there is none.
std::string_view constraint_name(std::string_view message);

}  // namespace musterd
