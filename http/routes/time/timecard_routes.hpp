#pragma once

#include "actors/aggregates/timecard_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// The time clock (Story 84): /api/people/me/… for one's own time; timecards of others for callers who may
/// see them.
void timecard_routes(route_table& on, entities<timecard_aggregate>& timecards, read_pool& reads);

}  // namespace musterd
