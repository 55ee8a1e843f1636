#pragma once

#include "domain/access/held_grant.hpp"
#include "domain/access/user_management.hpp"
#include "domain/person/state.hpp"

#include <vector>

namespace musterd {

/// When the user will hold all of that everywhere from `now` on, if nothing changes: in order, with gaps
/// between. A user who is kept out holds nothing.
std::vector<held_span> held_from_now_on(const person_state& state, guarded_power power,
                                        const role_catalog& roles, timestamp now);

/// What of `had` is not in `has`; both in order, with gaps between.
std::vector<held_span> without(const std::vector<held_span>& had, const std::vector<held_span>& has);

}  // namespace musterd
