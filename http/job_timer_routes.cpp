#include "http/job_timer_routes.hpp"

#include "http/command_route.hpp"

namespace musterd {
namespace {

void answer_elsewhere(http_call&& call) {
  call.respond(unavailable("Work execution is elsewhere."));
}

template <class Command>
handler_fn own_timer(entities<job_timer_aggregate>& timers, bool elsewhere) {
  return elsewhere ? handler_fn{answer_elsewhere} : own<Command>(timers);
}

}  // namespace

void job_timer_routes(route_table& on, entities<job_timer_aggregate>& timers, bool elsewhere) {
  using namespace access;
  constexpr auto record = "workexec:job_timer:record";
  on.post("/api/workexec/timers/start", permission_on_self(record),
          own_timer<start_job_timer>(timers, elsewhere),
          command_docs<start_job_timer>("Starts the clock on a work order."));
  on.post("/api/workexec/timers/stop", permission_on_self(record),
          own_timer<stop_job_timer>(timers, elsewhere),
          command_docs<stop_job_timer>("Stops the running timer."));
  on.get("/api/workexec/timers/active", permission_on_self(record),
         own_timer<get_active_job_timers>(timers, elsewhere),
         {"getMyActiveJobTimers", "What runs for the caller: one timer, or none.", nullptr,
          schema_of<active_job_timers>});
}

}  // namespace musterd
