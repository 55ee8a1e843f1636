#pragma once

#include "domain/access/role_catalog.hpp"
#include "domain/access/user_management.hpp"
#include "domain/person/state.hpp"

#include <vector>

namespace musterd {

/// [from, until); `until` is `timestamp::max()` for what has no end.
struct held_span {
  timestamp from{};
  timestamp until{};
  friend bool operator==(const held_span&, const held_span&) = default;
};

/// When the user holds all of that everywhere from `now` on, if nothing is done: in order, apart from each
/// other. Whoever is kept out holds nothing.
std::vector<held_span> held_from_now_on(const person_state& state, guarded_power power,
                                        const role_catalog& roles, timestamp now);

/// What of `had` is not in `has`; both in order, and apart.
std::vector<held_span> without(const std::vector<held_span>& had, const std::vector<held_span>& has);

}  // namespace musterd
