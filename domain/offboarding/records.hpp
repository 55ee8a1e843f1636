#pragma once

#include "domain/kernel/table.hpp"

#include <optional>

/// Rows of an offboarding case: the work left once somebody's access is gone (Story 90).
namespace musterd {

enum class offboarding_kind { disable, terminate };
BOOST_DESCRIBE_ENUM(offboarding_kind, disable, terminate)

/// Why the system ended something: for `forcedStopReason`, and for assignments if nobody gave a reason.
constexpr std::string_view reason_of(offboarding_kind kind) {
  return kind == offboarding_kind::disable ? "USER_DISABLED" : "USER_TERMINATED";
}

/// What happens to the assignments (S90-F4).
enum class assignment_termination { end_assignments_now, end_assignments_at_date, leave_assignments_active };
BOOST_DESCRIBE_ENUM(assignment_termination, end_assignments_now, end_assignments_at_date,
                    leave_assignments_active)

/// Derived from the commands: one that waits for an operator outweighs those in progress.
enum class case_state { in_progress, requires_manual_intervention, completed };
BOOST_DESCRIBE_ENUM(case_state, in_progress, requires_manual_intervention, completed)

struct offboarding_case {
  uuid case_id;
  user_uuid user_id;
  person_uuid person_id;
  offboarding_kind kind = offboarding_kind::disable;
  case_state state = case_state::in_progress;
  /// Time of the deactivation, at which whatever was running ends.
  timestamp effective_at{};
  std::optional<std::string> status_reason_code;
  musterd::assignment_termination assignment_termination =
      musterd::assignment_termination::end_assignments_now;
  std::optional<timestamp> end_assignments_at;
  uuid opened_by;
  std::string correlation_id;
  timestamp opened_at{};
  std::optional<timestamp> closed_at;
  std::int64_t version = 1;
  friend bool operator==(const offboarding_case&, const offboarding_case&) = default;
};
BOOST_DESCRIBE_STRUCT(offboarding_case, (),
                      (case_id, user_id, person_id, kind, state, effective_at, status_reason_code,
                       assignment_termination, end_assignments_at, opened_by, correlation_id, opened_at,
                       closed_at, version))
template <>
struct table_of<offboarding_case> : versioned_table<"people.offboarding_case", "case_id"> {};

enum class command_type {
  end_location_assignments,
  end_role_assignments,
  close_clock_session,
  stop_job_timers
};
BOOST_DESCRIBE_ENUM(command_type, end_location_assignments, end_role_assignments, close_clock_session,
                    stop_job_timers)

/// Whether another service carries it out: its answer comes by event, later or never.
constexpr bool is_remote(command_type type) {
  return type == command_type::stop_job_timers;
}

enum class command_state {
  /// To be done as soon as possible.
  pending,
  /// Another service was asked and has not answered.
  in_progress,
  retrying,
  paused,
  requires_manual_intervention,
  succeeded,
  risk_accepted
};
BOOST_DESCRIBE_ENUM(command_state, pending, in_progress, retrying, paused, requires_manual_intervention,
                    succeeded, risk_accepted)

constexpr bool is_final(command_state state) {
  return state == command_state::succeeded || state == command_state::risk_accepted;
}

struct case_command {
  uuid command_id;
  uuid case_id;
  musterd::command_type command_type = musterd::command_type::close_clock_session;
  command_state state = command_state::pending;
  /// All attempts; `failures` counts those that failed since `first_failed_at`.
  std::int64_t attempts = 0;
  std::int64_t failures = 0;
  std::optional<std::string> last_error;
  std::optional<timestamp> first_failed_at;
  std::optional<timestamp> last_attempt_at;
  /// When the scheduler looks at it next: next attempt, answer's deadline or end of the window. Absent while
  /// it waits for an operator, and once done.
  std::optional<timestamp> due_at;
  std::optional<timestamp> finished_at;
  /// Why an operator accepted the risk of leaving it undone.
  std::optional<std::string> justification;
  std::int64_t version = 1;
  friend bool operator==(const case_command&, const case_command&) = default;
};
BOOST_DESCRIBE_STRUCT(case_command, (),
                      (command_id, case_id, command_type, state, attempts, failures, last_error,
                       first_failed_at, last_attempt_at, due_at, finished_at, justification, version))
template <>
struct table_of<case_command> : versioned_table<"people.offboarding_command", "command_id"> {};

enum class case_happening {
  opened,
  attempted,
  failed,
  succeeded,
  moved_to_dead_letters,
  retry_requested,
  paused,
  resumed,
  risk_accepted
};
BOOST_DESCRIBE_ENUM(case_happening, opened, attempted, failed, succeeded, moved_to_dead_letters,
                    retry_requested, paused, resumed, risk_accepted)

/// A line of a case's history.
struct case_history {
  uuid entry_id;
  uuid case_id;
  /// Absent for the case as a whole.
  std::optional<uuid> command_id;
  case_happening what = case_happening::opened;
  std::int64_t attempt = 0;
  timestamp happened_at{};
  uuid actor;
  std::optional<std::string> detail;
  friend bool operator==(const case_history&, const case_history&) = default;
};
BOOST_DESCRIBE_STRUCT(case_history, (),
                      (entry_id, case_id, command_id, what, attempt, happened_at, actor, detail))
template <>
struct table_of<case_history> : insert_table<"people.offboarding_history", "entry_id"> {};

}  // namespace musterd
