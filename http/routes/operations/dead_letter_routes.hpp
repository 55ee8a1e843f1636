#pragma once

#include "actors/aggregates/offboarding_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/commit_and_answer.hpp"
#include "persistence/jobs/dead_letter_replayer.hpp"

namespace musterd {

struct dead_letter_services {
  read_pool& reads;
  const journal_client& commits;
  /// The code of the tenant whose operators also see letters that belong to no tenant.
  std::string default_tenant;
  dead_letter_replayer::observer decided;
  dead_letter_replayer& replayer;
  /// They decide about letters that are commands they gave up.
  entities<offboarding_aggregate>& cases;
};

/// Messages that could not be handled: viewing them, retrying or discarding one.
void dead_letter_routes(route_table& on, const dead_letter_services& services);
/// Retrying many at a limited rate (dead_letter_replay_routes.cpp).
void dead_letter_replay_routes(route_table& on, const dead_letter_services& services);

}  // namespace musterd
