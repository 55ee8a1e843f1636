#pragma once

#include "actors/aggregates/offboarding_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// Offboarding cases, and what operators can do with their commands (S90-AC8).
void offboarding_routes(route_table& on, entities<offboarding_aggregate>& cases, read_pool& reads);

}  // namespace musterd
