#pragma once

#include "domain/access/role_catalog.hpp"
#include "domain/access/user_management.hpp"
#include "domain/person/state.hpp"

#include <vector>

namespace musterd {

/// [from, until); `until` is `timestamp::max()` if it has no end.
struct held_span {
  timestamp from{};
  timestamp until{};
  friend bool operator==(const held_span&, const held_span&) = default;
};

/// When, from `now` on, the user holds all of `power` everywhere if nothing changes: sorted, disjoint. Never
/// unless active.
std::vector<held_span> held_from_now_on(const person_state& state, guarded_power power,
                                        const role_catalog& roles, timestamp now);

/// `had` minus `has`; both sorted and disjoint.
std::vector<held_span> without(const std::vector<held_span>& had, const std::vector<held_span>& has);

}  // namespace musterd
