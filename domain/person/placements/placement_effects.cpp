#include "domain/audit/audit_personal.hpp"
#include "domain/audit/change_audit.hpp"
#include "domain/person/events.hpp"

namespace musterd {
namespace {

/// Payload of PersonLocationAssignmentChanged (S86-F17), as defined in
/// docs/schemas/PersonLocationAssignmentChanged.v1.json.
struct placement_payload {
  location_assignment_uuid assignment_id;
  person_uuid person_id;
  location_uuid location_id;
  std::string role;
  bool is_primary;
  timestamp effective_start_at;
  std::optional<timestamp> effective_end_at;
  std::optional<std::string> change_reason_code;
  uuid changed_by;
  std::int64_t version;
};
BOOST_DESCRIBE_STRUCT(placement_payload, (),
                      (assignment_id, person_id, location_id, role, is_primary, effective_start_at,
                       effective_end_at, change_reason_code, changed_by, version))

std::string_view event_type(placement_change change) {
  switch (change) {
    case placement_change::created: return "PersonLocationAssignmentCreated";
    case placement_change::updated: return "PersonLocationAssignmentUpdated";
    case placement_change::ended: break;
  }
  return "PersonLocationAssignmentEnded";
}

std::string payload_of(const location_assignment& p) {
  return to_json(placement_payload{p.assignment_id, p.person_id, p.location_id, p.role, p.is_primary,
                                   p.effective_start_at, p.effective_end_at, p.change_reason_code,
                                   p.updated_by, p.version});
}

}  // namespace

void add_effects(effects& out, const placement_changed& event, const request_context& ctx, id_source& ids) {
  const auto& p = event.after;
  auto type = event_type(event.change);
  out.write(ctx.tenant, p);
  write_with_reason(out, ctx.tenant,
                    change_entry(ctx, ids.next(),
                                 {audit_category::people, type, "PersonLocationAssignment",
                                  p.assignment_id.value, p.location_id, p.change_reason_code},
                                 event.before, p),
                    p.person_id.value, ids);
  out.write(ctx.tenant, make_event(ctx, {type, "people.events", "people.PersonLocationAssignmentChanged.v1"},
                                   {ids.next()}, p.person_id.value, payload_of(p)));
  out.count(event.change == placement_change::created ? "assignment_created_total"
                                                      : "assignment_updated_total");
  if (event.demoted)
    out.count("assignment_primary_demoted_total");
}

}  // namespace musterd
