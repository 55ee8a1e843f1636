#include "messaging/financial_audit.hpp"

#include "domain/financial_event.hpp"
#include "messaging/event_payload.hpp"

namespace musterd {

consumer_spec financial_audit::spec() {
  consumer_spec result;
  result.name = "financial_audit";
  result.queue = "audit.financial";
  result.bindings = {{"audit.events", "audit.event.recorded.v1"}};
  return result;
}

outcome<void> financial_audit::handle(pqxx::transaction_base&, const event_envelope& event) {
  if (event.event_type != "AuditEventRecorded")
    return {};
  auto recorded = read_payload<financial_event>(event);
  if (!recorded)
    return recorded.error();
  std::vector<field_error> errors;
  validate(*recorded, errors);
  if (!errors.empty())
    return with_description(validation_failed(std::move(errors)));
  auto failed = commit_(event.tenant_id, record_of(event.tenant_id, event.event_id, event.correlation_id,
                                                   *recorded, audit_entry_uuid::generate()));
  if (failed && failed->code != event_recorded_before)
    return *failed;
  return {};
}

}  // namespace musterd
