#pragma once

#include "domain/kernel/context.hpp"
#include "domain/person/state.hpp"

/// For callers limited to some shops, an id alone opens nobody's record
/// (docs/decisions/0055-what-ids-open.md).
namespace musterd {

/// Whether the caller may place somebody or give them a role: anybody if they act everywhere; else people of
/// the shops they cover, now or in future, and people who hold nothing anywhere.
bool may_bring_in(const person_state& whom, const request_context& ctx);

/// A record's author, as shown to the caller: nil for other people, unless the caller acts everywhere.
uuid shown_author(uuid author, const request_context& ctx);

}  // namespace musterd
