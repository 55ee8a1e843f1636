#pragma once

#include "domain/job_timer/stop_job_timers.hpp"
#include "domain/offboarding/events.hpp"
#include "domain/offboarding/faults.hpp"
#include "domain/offboarding/views.hpp"

#include <variant>

/// What its scheduler, answers of other services and operators may ask of an offboarding case (S90-F8,
/// S90-AC7, S90-AC8). All that is planned is in the rows: no timer in memory keeps a case going.
namespace musterd {

/// The scheduler's: the command is due. Asks another service, or gives up waiting for it, or altogether; what
/// this server does itself, the scheduler does and reports. What is not due any more stays as it is.
struct run_due_command {
  static constexpr std::string_view name = "run_due_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  static constexpr std::array faults{command_not_found, case_not_found};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(run_due_command, (), (command_id))
offboarding_rule<run_due_command> decide;

/// How an attempt ended. May come twice, late, or after an operator gave up: then only success counts.
struct report_command {
  static constexpr std::string_view name = "report_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  static constexpr std::array faults{command_not_found, case_not_found};

  uuid command_id;
  /// Nothing for success.
  std::optional<std::string> error;
  /// Which attempt failed, where known: only the latest counts.
  std::optional<std::int64_t> attempt;
};
BOOST_DESCRIBE_STRUCT(report_command, (), (command_id, error, attempt))
offboarding_rule<report_command> decide;

/// S90-AC8: run it again, or now rather than later.
struct retry_command {
  static constexpr std::string_view name = "retry_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = nothing;
  static constexpr std::array faults{command_not_found, case_not_found, command_finished,
                                     command_in_progress};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(retry_command, (), (command_id))
offboarding_rule<retry_command> decide;

/// Takes it out of the schedule.
struct pause_command {
  static constexpr std::string_view name = "pause_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = nothing;
  static constexpr std::array faults{command_not_found, case_not_found, command_finished,
                                     command_not_scheduled};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(pause_command, (), (command_id))
offboarding_rule<pause_command> decide;

/// Puts it back, due now.
struct resume_command {
  static constexpr std::string_view name = "resume_command";
  static constexpr int success_status = 200;
  using answer = command_view;
  using body = nothing;
  static constexpr std::array faults{command_not_found, case_not_found, command_finished, command_not_paused};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(resume_command, (), (command_id))
offboarding_rule<resume_command> decide;

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
  static constexpr std::array faults{command_not_found, case_not_found, command_finished};

  uuid command_id;
};
BOOST_DESCRIBE_STRUCT(accept_risk, (risk_acceptance), (command_id))
offboarding_rule<accept_risk> decide;

/// What the case really asks the work execution for, whatever a message in its name says. Changes nothing.
struct confirm_stop_job_timers {
  static constexpr std::string_view name = "confirm_stop_job_timers";
  static constexpr int success_status = 200;
  using answer = stop_job_timers;
  static constexpr std::array faults{command_not_found, case_not_found, command_finished};

  uuid command_id;
  musterd::person_uuid person_id;
};
BOOST_DESCRIBE_STRUCT(confirm_stop_job_timers, (), (command_id, person_id))
offboarding_rule<confirm_stop_job_timers> decide;

using offboarding_command = std::variant<run_due_command, report_command, retry_command, pause_command,
                                         resume_command, accept_risk, confirm_stop_job_timers>;

/// Field rules that the types cannot express.
void validate(const accept_risk& c, std::vector<field_error>& errors);

}  // namespace musterd
