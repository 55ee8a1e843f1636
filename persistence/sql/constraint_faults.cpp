#include "persistence/sql/constraint_faults.hpp"

#include "domain/access/user_management.hpp"
#include "domain/kernel/lease.hpp"
#include "domain/kernel/version_check.hpp"

#include <array>

namespace musterd {
namespace {

struct named_fault {
  std::string_view constraint;
  std::string_view code;
  std::string_view message;
};

/// The constraints that back up the actors, by their names in `migrations/`.
constexpr std::array named_faults{
    named_fault{"idempotency_key_used", idempotency_key_used, "The Idempotency-Key was used before."},
    named_fault{"version_conflict", version_conflict, changed_meanwhile},
    named_fault{"audit_event_recorded", "AUDIT_EVENT_ALREADY_RECORDED",
                "The event is in the audit trail already."},
    named_fault{"audit_event_differs", "AUDIT_EVENT_DIFFERS",
                "Another event with this id is in the audit trail."},
    named_fault{"open_exports", "AUDIT_EXPORTS_OPEN",
                "Three of your exports are not finished yet; ask again when one is."},
    named_fault{"one_open_session", "ALREADY_CLOCKED_IN", "You are already clocked in."},
    named_fault{"sessions_do_not_overlap", "SESSION_OVERLAP", "Clock sessions must not overlap."},
    named_fault{"timecard_per_day", version_conflict, changed_meanwhile},
    named_fault{"one_running_break", "BREAK_ALREADY_IN_PROGRESS", "A break is already in progress."},
    named_fault{"breaks_do_not_overlap", "BREAK_OVERLAP", "Breaks must not overlap."},
    named_fault{"break_inside_session", "BREAK_OUTSIDE_SESSION",
                "A break must lie inside its clock session."},
    named_fault{"one_running_timer", "TIMER_ALREADY_ACTIVE", "A job timer is already running."},
    named_fault{"timers_do_not_overlap", "TIMER_OVERLAP", "Job timers must not overlap."},
    named_fault{"job_timer_is_history", "TIMER_IMMUTABLE", "A job timer that has stopped never changes."},
    named_fault{"username_taken", "USERNAME_TAKEN", "The username is taken."},
    named_fault{"subject_taken", "SUBJECT_TAKEN", "The subject belongs to another user."},
    named_fault{"person_already_linked", "PERSON_ALREADY_LINKED", "The person already has another user."},
    named_fault{"role_name_taken", "ROLE_NAME_TAKEN", "There is a role of this name."},
    named_fault{"location_code_taken", "LOCATION_CODE_TAKEN", "There is a location with this code."},
    named_fault{"location_code_taken_in_any_case", "LOCATION_CODE_TAKEN",
                "There is a location with this code."},
    named_fault{"last_admin", "LAST_ADMIN", nobody_left(manages_users_permission)},
    named_fault{"last_owner", "LAST_ADMIN", nobody_left(any_authority)},
    named_fault{"assignment_ends_after_start", "VALIDATION_FAILED",
                "effectiveEndDate must not be earlier than effectiveStartDate."},
    named_fault{"assignment_is_immutable", "ASSIGNMENT_IMMUTABLE",
                "User, role and scope of an assignment never change."},
    named_fault{"placements_do_not_overlap", "ASSIGNMENT_OVERLAP",
                "The person has this role at this location already, in an overlapping time."},
    named_fault{"one_primary_placement", "PRIMARY_OVERLAP",
                "The person has another primary location in an overlapping time."},
    named_fault{"placement_ends_after_start", "VALIDATION_FAILED",
                "effectiveEndAt must not be earlier than effectiveStartAt."},
    named_fault{"placement_is_immutable", "ASSIGNMENT_IMMUTABLE",
                "Person, location and role of an assignment never change."},
    named_fault{"dead_letter_not_open", "DEAD_LETTER_NOT_OPEN",
                "The dead letter is retried or discarded already."},
    named_fault{"dead_letter_not_retryable", "DEAD_LETTER_NOT_RETRYABLE",
                "There is no readable event in this message; it can only be discarded."},
    named_fault{"dead_letter_replay_finished", "DEAD_LETTER_REPLAY_FINISHED", "The replay has ended."},
    named_fault{"person_not_erasable", "PERSON_NOT_ERASABLE", "Something of the person's is still open."},
    named_fault{"session_covers_breaks", "BREAK_OUTSIDE_SESSION",
                "A break must lie inside its clock session."},
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
  if (name == "lease_lost")
    return lease_is_lost();
  for (const auto& known : named_faults)
    if (known.constraint == name)
      return conflict(std::string{known.code}, std::string{known.message});
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
