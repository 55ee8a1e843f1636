#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

/// Fault code: the decision was made on a stale state of the record. The entity starts over from what is
/// committed, and the command is retried.
inline constexpr std::string_view record_changed = "RECORD_CHANGED";

fault record_is_stale();

/// Fault code: the decision relied on stale roles of the company. Retried like `record_changed`, once the
/// company has been reread.
inline constexpr std::string_view company_changed = "COMPANY_CHANGED";

fault company_is_stale();

/// Fault code: the decision relied on a stale view of what the caller holds. Retried like `record_changed`,
/// once the caller has been reread; their admission is checked again.
inline constexpr std::string_view caller_changed = "CALLER_CHANGED";

fault caller_is_stale();

/// Fault code: the decision relies on what the caller holds, but their record sleeps. It is woken, and the
/// command retried.
inline constexpr std::string_view caller_asleep = "CALLER_ASLEEP";

fault caller_is_asleep();

}  // namespace musterd
