#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

/// Fault code: the decision saw a stale state of the record. The entity restarts from what is committed, and
/// the command is retried.
inline constexpr std::string_view record_changed = "RECORD_CHANGED";

fault record_is_stale();

/// Fault code: the decision relied on stale roles of the company. Retried like `record_changed`, once the
/// company has been reread.
inline constexpr std::string_view company_changed = "COMPANY_CHANGED";

fault company_is_stale();

/// Fault code: the decision relied on stale rights of the caller. Retried like `record_changed`, admission
/// included, once the caller has been reread.
inline constexpr std::string_view caller_changed = "CALLER_CHANGED";

fault caller_is_stale();

/// Fault code: the decision needs the caller's rights, but their record sleeps. It is woken, and the command
/// retried.
inline constexpr std::string_view caller_asleep = "CALLER_ASLEEP";

fault caller_is_asleep();

}  // namespace musterd
