#pragma once

#include "actors/aggregates/job_timer_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// A technician's own job timer: /api/workexec/timers. Where the work execution is elsewhere, it is there.
void job_timer_routes(route_table& on, entities<job_timer_aggregate>& timers, bool elsewhere);

}  // namespace musterd
