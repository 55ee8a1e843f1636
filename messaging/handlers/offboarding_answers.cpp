#include "messaging/handlers/offboarding_answers.hpp"

#include "domain/job_timer/stop_job_timers.hpp"
#include "messaging/inbox/event_payload.hpp"

namespace musterd {

consumer_spec offboarding_answers::spec() {
  consumer_spec result;
  result.name = "offboarding_answers";
  result.queue = "people.offboarding";
  result.ordered = false;  // a dead one must not block the next attempt
  for (const auto& route : {job_timers_stopped_route, job_timers_stop_failed_route})
    result.bindings.push_back({std::string{route.exchange}, std::string{route.routing_key}});
  return result;
}

bool offboarding_answers::takes(std::string_view event_type) const {
  return event_type == job_timers_stopped_route.event_type ||
         event_type == job_timers_stop_failed_route.event_type;
}

outcome<forwarding_handler::forward_fn> offboarding_answers::read(const event_envelope& event) {
  if (event.event_type == job_timers_stopped_route.event_type) {
    auto stopped = read_payload<job_timers_stopped>(event);
    if (!stopped)
      return stopped.error();
    return reporting(event, {stopped->case_id, stopped->command_id, {}, {}});
  }
  auto failed = read_payload<job_timers_stop_failed>(event);
  if (!failed)
    return failed.error();
  return reporting(event, {failed->case_id, failed->command_id, failed->error, failed->attempt});
}

forwarding_handler::forward_fn offboarding_answers::reporting(const event_envelope& event, answer given) {
  return [this, ctx = context_of(event), given = std::move(given)](done_fn done) {
    report_(ctx, given, std::move(done));
  };
}

}  // namespace musterd
