#pragma once

#include "actors/aggregates/job_timer_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// The caller's own job timer: /api/workexec/timers. `elsewhere`: another system does the work execution, and
/// these routes answer 503.
void job_timer_routes(route_table& on, entities<job_timer_aggregate>& timers, bool elsewhere);

}  // namespace musterd
