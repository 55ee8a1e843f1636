#pragma once

#include "actors/aggregates/company_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/auth/sign_in/hashing_places.hpp"
#include "http/auth/sign_in/password_hasher.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// /api/security/services. All outlive the table.
void service_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads,
                    password_hasher& hasher, const hashing_places& places);

}  // namespace musterd
