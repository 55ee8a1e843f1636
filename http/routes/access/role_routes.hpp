#pragma once

#include "actors/aggregates/company_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// /api/security/{roles,permissions} and /internal/permissions/register.
void role_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads);

}  // namespace musterd
