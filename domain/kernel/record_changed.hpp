#pragma once

#include "common/fault.hpp"

#include <string_view>

namespace musterd {

/// The code of the fault for a decision on a state of the record that is gone: the entity starts over from
/// what is committed, and is asked again.
inline constexpr std::string_view record_changed = "RECORD_CHANGED";

fault record_is_stale();

/// The code of the fault for a decision by roles that are no longer the company's: as `record_changed`, once
/// the company has been read again.
inline constexpr std::string_view company_changed = "COMPANY_CHANGED";

fault company_is_stale();

/// The code of the fault for a decision by what the caller held: as `record_changed`, once the caller has
/// been read again. What let them in is asked again with the command.
inline constexpr std::string_view caller_changed = "CALLER_CHANGED";

fault caller_is_stale();

/// The code of the fault for a decision by what the caller holds while their record sleeps: it is woken, and
/// the command asked again.
inline constexpr std::string_view caller_asleep = "CALLER_ASLEEP";

fault caller_is_asleep();

}  // namespace musterd
