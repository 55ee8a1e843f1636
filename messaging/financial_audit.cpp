#include "messaging/financial_audit.hpp"

#include "domain/financial_event.hpp"
#include "messaging/lenient_json.hpp"

namespace musterd {
namespace {

/// The dead letter's reason is the message: all that is wrong belongs into it.
fault refused(const std::vector<field_error>& errors) {
  auto result = validation_failed(errors);
  result.message.clear();
  for (const auto& e : errors)
    result.message += (result.message.empty() ? "" : " ") + e.message;
  return result;
}

}  // namespace

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
  auto document = parse_json(event.payload.text);
  if (!document)
    return document.error();
  auto recorded = read_leniently<financial_event>(std::move(*document));
  if (!recorded)
    return recorded.error().field_errors.empty() ? recorded.error() : refused(recorded.error().field_errors);
  std::vector<field_error> errors;
  validate(*recorded, errors);
  if (!errors.empty())
    return refused(errors);
  auto failed = commit_(event.tenant_id, record_of(event.tenant_id, event.event_id, event.correlation_id,
                                                   *recorded, audit_entry_uuid::generate()));
  if (failed && failed->code != event_recorded_before)
    return *failed;
  return {};
}

}  // namespace musterd
