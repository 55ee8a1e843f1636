#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

/// The code of the fault for a reused Idempotency-Key: the entity then looks up the first answer.
inline constexpr std::string_view idempotency_key_used = "IDEMPOTENCY_KEY_USED";

/// The code of the fault for a decision on a state of the record that is gone: the entity starts over.
inline constexpr std::string_view record_changed = "RECORD_CHANGED";

fault record_is_stale();

/// The fault for an error of PostgreSQL, found by the name of the violated constraint in its message. An
/// unknown constraint is internal, as is anything else.
fault fault_from_sql(std::string_view sqlstate, std::string_view message);

/// The name between quotes after "constraint" in a message of PostgreSQL; empty when there is none.
std::string_view constraint_name(std::string_view message);

}  // namespace musterd
