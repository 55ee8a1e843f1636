#include "http/routes/time/job_timer_routes.hpp"

#include "http/routing/command_route.hpp"
#include "http/routing/query.hpp"

namespace musterd {
namespace {

void answer_elsewhere(http_call&& call) {
  call.respond(unavailable("Work execution is elsewhere."));
}

template <class Command>
handler_fn own_timer(entities<job_timer_aggregate>& timers, bool elsewhere) {
  return elsewhere ? handler_fn{answer_elsewhere} : on_own<Command>(timers);
}

handler_fn own_active_timers(entities<job_timer_aggregate>& timers, bool elsewhere) {
  if (elsewhere)
    return answer_elsewhere;
  return [&timers](http_call&& call) {
    query_reader query{call.request};
    auto wanted = query.page();
    if (wanted.token)
      query.fail("pageToken", " is of no use here: there is one page.");
    if (auto ok = query.check(); !ok)
      return call.respond(ok.error());
    auto technician = call.who.person.value;
    run_command(std::move(call), timers, technician, get_active_job_timers{wanted.index, wanted.size});
  };
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
  on.get("/api/workexec/timers/active", permission_on_self(record), own_active_timers(timers, elsewhere),
         {"getMyActiveJobTimers", "What runs for the caller: one timer, or none.", nullptr,
          schema_of<page<job_timer>>, 200, paged()});
}

}  // namespace musterd
