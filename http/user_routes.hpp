#pragma once

#include "actors/entities.hpp"
#include "actors/person_aggregate.hpp"
#include "http/auth/failed_sign_ins.hpp"
#include "http/auth/hashing_places.hpp"
#include "http/auth/login_throttle.hpp"
#include "http/auth/password_hasher.hpp"
#include "http/route_table.hpp"

namespace musterd {

/// All outlive the table.
struct user_services {
  entities<person_aggregate>& people;
  read_pool& reads;
  password_hasher& hasher;
  login_throttle& throttle;
  failed_sign_ins& failures;
  /// Of new passwords (`password_rules`).
  int min_score = 2;
  hashing_places places;
};

/// /api/security/users, /api/security/me/password and /api/people/persons (Story 91).
void user_routes(route_table& on, user_services services);

}  // namespace musterd
