#include "messaging/offboarding_answers.hpp"

#include "domain/stop_job_timers.hpp"
#include "messaging/lenient_json.hpp"

namespace musterd {
namespace {

template <class Payload>
outcome<Payload> payload_of(const event_envelope& event) {
  auto document = parse_json(event.payload.text);
  if (!document)
    return outcome<Payload>{boost::system::in_place_error, document.error()};
  return read_leniently<Payload>(std::move(*document));
}

}  // namespace

consumer_spec offboarding_answers::spec() {
  consumer_spec result;
  result.name = "offboarding_answers";
  result.queue = "people.offboarding";
  for (const auto& route : {job_timers_stopped_route, job_timers_stop_failed_route})
    result.bindings.push_back({std::string{route.exchange}, std::string{route.routing_key}});
  return result;
}

outcome<void> offboarding_answers::handle(pqxx::transaction_base&, const event_envelope& event) {
  answer given;
  if (event.event_type == job_timers_stopped_route.event_type) {
    auto stopped = payload_of<job_timers_stopped>(event);
    if (!stopped)
      return stopped.error();
    given = {stopped->case_id, stopped->command_id, {}};
  } else if (event.event_type == job_timers_stop_failed_route.event_type) {
    auto failed = payload_of<job_timers_stop_failed>(event);
    if (!failed)
      return failed.error();
    given = {failed->case_id, failed->command_id, failed->error};
  } else {
    return {};
  }
  if (auto failure = report_(event, given))
    return *failure;
  return {};
}

}  // namespace musterd
