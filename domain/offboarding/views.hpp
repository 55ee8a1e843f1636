#pragma once

#include "common/fault.hpp"
#include "domain/kernel/nothing.hpp"
#include "domain/offboarding/state.hpp"

/// Answers of an offboarding case.
namespace musterd {

struct command_view {
  uuid command_id;
  musterd::command_type command_type = musterd::command_type::close_clock_session;
  command_state state = command_state::pending;
  std::int64_t attempts = 0;
  std::optional<std::string> last_error;
  std::optional<timestamp> first_failed_at;
  std::optional<timestamp> last_attempt_at;
  /// Only while a further attempt is planned.
  std::optional<timestamp> next_attempt_at;
  std::optional<timestamp> finished_at;
  std::optional<std::string> justification;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(command_view, (),
                      (command_id, command_type, state, attempts, last_error, first_failed_at,
                       last_attempt_at, next_attempt_at, finished_at, justification, version))
command_view view_of(const case_command& command);

struct case_view {
  uuid case_id;
  user_uuid user_id;
  person_uuid person_id;
  offboarding_kind kind = offboarding_kind::disable;
  case_state state = case_state::in_progress;
  timestamp effective_at{};
  std::optional<std::string> status_reason_code;
  musterd::assignment_termination assignment_termination =
      musterd::assignment_termination::end_assignments_now;
  std::optional<timestamp> end_assignments_at;
  uuid opened_by;
  timestamp opened_at{};
  std::optional<timestamp> closed_at;
  std::vector<command_view> commands;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(case_view, (),
                      (case_id, user_id, person_id, kind, state, effective_at, status_reason_code,
                       assignment_termination, end_assignments_at, opened_by, opened_at, closed_at, commands,
                       version))
case_view view_of(const offboarding_case& opened, const std::vector<case_command>& commands);

/// GET /api/people/offboarding-cases/{caseId}.
struct case_details : case_view {
  /// What happened, attempts included, oldest first.
  std::vector<case_history> history;
};
BOOST_DESCRIBE_STRUCT(case_details, (case_view), (history))

}  // namespace musterd
