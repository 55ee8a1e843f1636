#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// Where users are signed in: the caller's own sessions and, for administrators, other users'.
void sign_in_session_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads);

}  // namespace musterd
