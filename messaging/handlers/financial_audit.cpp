#include "messaging/handlers/financial_audit.hpp"

#include "domain/audit/financial_event.hpp"
#include "messaging/database_session.hpp"
#include "messaging/inbox/event_payload.hpp"

namespace musterd {

consumer_spec financial_audit::spec() {
  consumer_spec result;
  result.name = "financial_audit";
  result.queue = "audit.financial";
  result.bindings = {{"audit.events", "audit.event.recorded.v1"}};
  return result;
}

outcome<forwarding_handler::forward_fn> financial_audit::read(const event_envelope& event) {
  if (event.event_type != "AuditEventRecorded")
    return forward_fn{};
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
      done(failed && failed->code == event_recorded_before ? std::nullopt : std::move(failed));
    });
  }};
}

/// The inbox knows the id alone.
outcome<void> financial_audit::repeated(pqxx::transaction_base& tx, const event_envelope& event) {
  if (event.event_type != "AuditEventRecorded")
    return {};
  auto again = read_payload<financial_event>(event);
  auto content = again ? content_of(*again) : event.payload.text;
  auto differs = query(tx,
                       "SELECT FROM audit.recorded_event WHERE tenant_id = $1 AND event_id = $2"
                       " AND content <> audit.digest_of($3)",
                       to_string(event.tenant_id), to_string(event.event_id), std::move(content));
  if (!differs.empty())
    return conflict(event_differs, "Another event with this id is in the audit trail.");
  return {};
}

}  // namespace musterd
