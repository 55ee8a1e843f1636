#pragma once

#include "common/known_fault.hpp"
#include "domain/person/state.hpp"

namespace musterd {

/// The password may change while it is being hashed: a result only holds for the credential compared. Returns
/// `changed` if there is a later one, RECORD_CHANGED if it is later than this state.
outcome<void> check_compared(const person_state& state, std::int64_t compared_version,
                             const known_fault& changed);

}  // namespace musterd
