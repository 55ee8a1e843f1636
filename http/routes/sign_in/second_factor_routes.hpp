#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/auth/factors/second_factors.hpp"
#include "http/auth/sign_in/password_guess.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// All outlive the table.
struct second_factor_services : password_services {
  entities<person_aggregate>& people;
  read_pool& reads;
  const second_factors& factors;
};

/// The caller's own second factor, and removing that of a user who lost it.
void second_factor_routes(route_table& on, second_factor_services services);

}  // namespace musterd
