#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "actors/journal/journal_client.hpp"
#include "http/routes/audit/altered_values.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

struct person_data_services {
  entities<person_aggregate>& people;
  read_pool& reads;
  const journal_client& commits;
  altered_values& altered;
  /// How long a profile must be kept after its person has left.
  std::int64_t hold_days = 0;
};

/// Data held about people: exporting and erasing it.
void person_data_routes(route_table& on, person_data_services services);

}  // namespace musterd
