#include "messaging/handlers/financial_audit.hpp"

#include "domain/audit/faults.hpp"
#include "domain/audit/financial_event.hpp"
#include "messaging/inbox/event_payload.hpp"

namespace musterd {

consumer_spec financial_audit::spec() {
  consumer_spec result;
  result.name = "financial_audit";
  result.queue = "audit.financial";
  result.ordered = false;  // independent events: a dead one must not block others
  result.bindings = {{"audit.events", "audit.event.recorded.v1"}};
  return result;
}

outcome<forwarding_handler::forward_fn> financial_audit::read(const event_envelope& event) {
  auto recorded = read_payload<financial_event>(event);
  if (!recorded)
    return recorded.error();
  std::vector<field_error> errors;
  validate(*recorded, wall_clock_now(), errors);
  if (!errors.empty())
    return with_description(validation_failed(std::move(errors)));
  auto unit = record_of(event.tenant_id, event.event_id, event.correlation_id, *recorded,
                        {principal_kind::system, system_principal, event.producer},
                        audit_entry_uuid::generate(), event.traceparent);
  return forward_fn{[this, tenant = event.tenant_id, unit = std::move(unit)](done_fn done) {
    commit_(tenant, unit, [done = std::move(done)](std::optional<fault> failed) {
      done(failed && failed->code == audit_event_recorded.code ? std::nullopt : std::move(failed));
    });
  }};
}

std::string financial_audit::content_of(const event_envelope& event) const {
  auto recorded = read_payload<financial_event>(event);
  return recorded ? musterd::content_of(*recorded) : forwarding_handler::content_of(event);
}

}  // namespace musterd
