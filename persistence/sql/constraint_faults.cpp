#include "persistence/sql/constraint_faults.hpp"

#include "domain/access/faults.hpp"
#include "domain/audit/faults.hpp"
#include "domain/company/faults.hpp"
#include "domain/job_timer/faults.hpp"
#include "domain/kernel/lease.hpp"
#include "domain/kernel/version_check.hpp"
#include "domain/operations/faults.hpp"
#include "domain/person/faults.hpp"
#include "domain/timecard/faults.hpp"

#include <array>

namespace musterd {
namespace {

struct constraint_fault {
  std::string_view constraint;
  known_fault fault;
};

/// The constraints that back up the actors, by their names in `migrations/`.
constexpr std::array constraint_faults{
    constraint_fault{"idempotency_key_used", idempotency_key_used},
    constraint_fault{"version_conflict", version_conflict},
    constraint_fault{"lease_lost", led_by_another},
    constraint_fault{"audit_event_recorded", audit_event_recorded},
    constraint_fault{"audit_event_differs", audit_event_differs},
    constraint_fault{"open_exports", audit_exports_open},
    constraint_fault{"one_open_session", already_clocked_in},
    constraint_fault{"sessions_do_not_overlap", session_overlap},
    constraint_fault{"timecard_per_day", version_conflict},
    constraint_fault{"one_running_break", break_already_in_progress},
    constraint_fault{"breaks_do_not_overlap", break_overlap},
    constraint_fault{"break_inside_session", break_outside_session},
    constraint_fault{"session_covers_breaks", break_outside_session},
    constraint_fault{"one_running_timer", timer_already_active},
    constraint_fault{"timers_do_not_overlap", timer_overlap},
    constraint_fault{"job_timer_is_history", timer_immutable},
    constraint_fault{"username_taken", username_taken},
    constraint_fault{"subject_taken", subject_taken},
    constraint_fault{"person_already_linked", person_already_linked},
    constraint_fault{"role_name_taken", role_name_taken},
    constraint_fault{"location_code_taken", location_code_taken},
    constraint_fault{"location_code_taken_in_any_case", location_code_taken},
    constraint_fault{"service_name_taken", service_name_taken},
    constraint_fault{"last_admin", last_admin},
    constraint_fault{"last_owner", last_owner},
    constraint_fault{
        "assignment_ends_after_start",
        bad_request("VALIDATION_FAILED", "effectiveEndDate must not be earlier than effectiveStartDate.")},
    constraint_fault{"assignment_is_immutable", role_assignment_immutable},
    constraint_fault{"placements_do_not_overlap", placement_overlap},
    constraint_fault{"one_primary_placement", primary_overlap},
    constraint_fault{
        "placement_ends_after_start",
        bad_request("VALIDATION_FAILED", "effectiveEndAt must not be earlier than effectiveStartAt.")},
    constraint_fault{"placement_is_immutable", placement_immutable},
    constraint_fault{"dead_letter_not_open", dead_letter_not_open},
    constraint_fault{"dead_letter_not_retryable", dead_letter_not_retryable},
    constraint_fault{"dead_letter_replay_finished", dead_letter_replay_finished},
    constraint_fault{"person_not_erasable", person_has_open_ends},
};

}  // namespace

std::string_view constraint_name(std::string_view message) {
  for (std::string_view introduction : {"constraint \"", "guard \""}) {
    auto at = message.find(introduction);
    if (at == std::string_view::npos)
      continue;
    auto rest = message.substr(at + introduction.size());
    return rest.substr(0, rest.find('"'));
  }
  return {};
}

fault fault_from_sql(std::string_view sqlstate, std::string_view message) {
  auto name = constraint_name(message);
  if (name == "record_changed")
    return record_is_stale();
  if (name == "company_changed")
    return company_is_stale();
  if (name == "caller_changed")
    return caller_is_stale();
  for (const auto& known : constraint_faults)
    if (known.constraint == name)
      return known.fault;
  // An integrity violation without a fault of ours: the caller cannot act on it.
  if (sqlstate.starts_with("23"))
    return {fault_kind::internal,
            "CONSTRAINT_VIOLATED",
            "A rule of the database refused the change.",
            {},
            {},
            {}};
  // 40: serialization failure or deadlock; 53: out of resources; 57: shutting down; 55P03: lock timeout.
  if (sqlstate.starts_with("40") || sqlstate.starts_with("53") || sqlstate.starts_with("57") ||
      sqlstate == "55P03")
    return unavailable("The database could not take the change; try again.");
  return internal_error();
}

}  // namespace musterd
