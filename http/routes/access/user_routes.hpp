#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/auth/sign_in/password_guess.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// All outlive the table.
struct user_services : password_services {
  entities<person_aggregate>& people;
  read_pool& reads;
  /// For new passwords (`password_rules`).
  int min_score = 2;
};

/// /api/security/users, /api/security/me/password and /api/people/persons (Story 91).
void user_routes(route_table& on, user_services services);

}  // namespace musterd
