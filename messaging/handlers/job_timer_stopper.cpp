#include "messaging/handlers/job_timer_stopper.hpp"

#include "messaging/inbox/event_payload.hpp"

namespace musterd {

consumer_spec job_timer_stopper::spec() {
  consumer_spec result;
  result.name = "job_timer_stopper";
  result.queue = "workexec.stop_job_timers";
  result.ordered = false;  // a dead one must not block the next attempt
  result.bindings = {
      {std::string{stop_job_timers_route.exchange}, std::string{stop_job_timers_route.routing_key}}};
  return result;
}

outcome<forwarding_handler::forward_fn> job_timer_stopper::read(const event_envelope& event) {
  auto command = read_payload<stop_job_timers>(event);
  if (!command)
    return command.error();
  return forward_fn{[this, ctx = context_of(event), c = std::move(*command)](done_fn done) {
    stop_(ctx, c, std::move(done));
  }};
}

}  // namespace musterd
