#pragma once

#include "actors/aggregates/company_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// Shops, and who is on the clock there.
void location_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads);

}  // namespace musterd
