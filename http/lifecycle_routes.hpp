#pragma once

#include "actors/entities.hpp"
#include "actors/person_aggregate.hpp"
#include "http/route_table.hpp"

namespace musterd {

/// Disabling, enabling and terminating users (Story 90).
void lifecycle_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads);

}  // namespace musterd
