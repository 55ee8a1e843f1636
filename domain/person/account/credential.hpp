#pragma once

#include "domain/person/state.hpp"

namespace musterd {

/// Hashing takes long, and the password may be changed meanwhile: what was found out is true of the
/// credential that was compared, and of no other. Answers `changed` if there is a later one, and
/// RECORD_CHANGED if the one that was compared is later than what is remembered here.
outcome<void> check_compared(const person_state& state, std::int64_t compared_version, fault changed);

/// 409, for what was asked with a password that is not the present one any more.
fault password_changed_meanwhile();

}  // namespace musterd
