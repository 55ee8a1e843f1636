#pragma once

#include "actors/entities.hpp"
#include "actors/person_aggregate.hpp"
#include "http/password_guess.hpp"
#include "http/route_table.hpp"

namespace musterd {

/// All outlive the table.
struct user_services : password_services {
  entities<person_aggregate>& people;
  read_pool& reads;
  /// Of new passwords (`password_rules`).
  int min_score = 2;
};

/// /api/security/users, /api/security/me/password and /api/people/persons (Story 91).
void user_routes(route_table& on, user_services services);

}  // namespace musterd
