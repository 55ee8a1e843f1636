#pragma once

#include "common/known_fault.hpp"
#include "domain/job_timer/stop_job_timers.hpp"
#include "domain/offboarding/views.hpp"

#include <variant>

/// What may be asked of an offboarding case: by its scheduler, by the answers of other services, by
/// operators.
namespace musterd {

/// The scheduler's: the command is due. Asks another service, gives up waiting for its answer, or gives up
/// altogether; what this server does itself, the scheduler does and reports. A command that is not due (any
/// more) stays as it is.
struct run_due_command {
  static constexpr std::string_view name = "run_due_command";
  static constexpr int success_status = 200;
  using answer = command_view;

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(run_due_command, (), (command_id))

/// How an attempt ended. May come twice, late, or after an operator gave up on the command: then only a
/// success still counts. Fault: COMMAND_NOT_FOUND.
struct report_command {
  static constexpr std::string_view name = "report_command";
  static constexpr int success_status = 200;
  using answer = command_view;

  uuid command_id;
  /// Nothing for success.
  std::optional<std::string> error;
  /// Which attempt failed, if whoever reports it knows: only the latest counts.
  std::optional<std::int64_t> attempt;
};
BOOST_DESCRIBE_STRUCT(report_command, (), (command_id, error, attempt))

/// S90-AC8: run it again, or now rather than later.
struct retry_command {
  static constexpr std::string_view name = "retry_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = nothing;
  static constexpr std::array faults{known::not_found("COMMAND_NOT_FOUND"),
                                     known::conflict("COMMAND_FINISHED"),
                                     known::conflict("COMMAND_IN_PROGRESS")};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(retry_command, (), (command_id))

/// Takes it out of the schedule.
struct pause_command {
  static constexpr std::string_view name = "pause_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = nothing;
  static constexpr std::array faults{known::not_found("COMMAND_NOT_FOUND"),
                                     known::conflict("COMMAND_FINISHED"),
                                     known::conflict("COMMAND_NOT_SCHEDULED")};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(pause_command, (), (command_id))

/// Puts it back, due now.
struct resume_command {
  static constexpr std::string_view name = "resume_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = nothing;
  static constexpr std::array faults{known::not_found("COMMAND_NOT_FOUND"),
                                     known::conflict("COMMAND_FINISHED"),
                                     known::conflict("COMMAND_NOT_PAUSED")};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(resume_command, (), (command_id))

struct risk_acceptance {
  std::string justification;
};
BOOST_DESCRIBE_STRUCT(risk_acceptance, (), (justification))

/// S90-AC8: leaves it undone, for a reason that the audit trail keeps.
struct accept_risk : risk_acceptance {
  static constexpr std::string_view name = "accept_risk";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = risk_acceptance;
  static constexpr std::array faults{known::not_found("COMMAND_NOT_FOUND"),
                                     known::conflict("COMMAND_FINISHED")};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(accept_risk, (risk_acceptance), (command_id))

/// What the case asks the work execution for, whatever a message in its name says. Changes nothing. Faults:
/// OFFBOARDING_CASE_NOT_FOUND, COMMAND_NOT_FOUND, COMMAND_FINISHED.
struct confirm_stop_job_timers {
  static constexpr std::string_view name = "confirm_stop_job_timers";
  static constexpr int success_status = 200;
  using answer = stop_job_timers;

  uuid command_id;
  musterd::person_uuid person_id;
};
BOOST_DESCRIBE_STRUCT(confirm_stop_job_timers, (), (command_id, person_id))

using offboarding_command = std::variant<run_due_command, report_command, retry_command, pause_command,
                                         resume_command, accept_risk, confirm_stop_job_timers>;

/// Field rules that the types cannot express.
void validate(const accept_risk& c, std::vector<field_error>& errors);

}  // namespace musterd
