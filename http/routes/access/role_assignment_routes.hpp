#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// /api/people/role-assignments (Story 89).
void role_assignment_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads);

}  // namespace musterd
