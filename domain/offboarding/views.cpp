#include "domain/offboarding/views.hpp"

namespace musterd {

command_view view_of(const case_command& c) {
  bool planned = c.state == command_state::pending || c.state == command_state::retrying;
  return {c.command_id,  c.command_type,    c.state,           c.attempts,
          c.last_error,  c.first_failed_at, c.last_attempt_at, planned ? c.due_at : std::nullopt,
          c.finished_at, c.justification,   c.version};
}

case_view view_of(const offboarding_case& opened, const std::vector<case_command>& commands) {
  case_view result{opened.case_id,
                   opened.user_id,
                   opened.person_id,
                   opened.kind,
                   opened.state,
                   opened.effective_at,
                   opened.status_reason_code,
                   opened.assignment_termination,
                   opened.end_assignments_at,
                   opened.opened_by,
                   opened.opened_at,
                   opened.closed_at,
                   {},
                   opened.version};
  // The case's row changes only with its state; for readers each change of a command is a new version too.
  for (const auto& c : commands) {
    result.commands.push_back(view_of(c));
    result.version += c.version - 1;
  }
  return result;
}

}  // namespace musterd
