#pragma once

#include "domain/kernel/context.hpp"
#include "domain/person/state.hpp"

/// Whose records an id opens to somebody at some shops only: nobody's (docs/decisions/0055-what-ids-open.md).
namespace musterd {

/// Whether somebody may be placed, or given a role, by whoever acts: who acts everywhere may, others with the
/// people of the shops they cover, in force or to come, and with whoever holds nothing anywhere.
bool may_bring_in(const person_state& whom, const request_context& ctx);

/// Who made or changed a record, as it is shown to whoever acts: nil for other people unless they act
/// everywhere.
uuid shown_author(uuid author, const request_context& ctx);

}  // namespace musterd
