#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// Disabling, enabling and terminating users (Story 90).
void lifecycle_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads);

}  // namespace musterd
