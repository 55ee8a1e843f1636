#pragma once

#include "domain/job_timer/stop_job_timers.hpp"
#include "domain/offboarding/records.hpp"
#include "domain/operations/alert.hpp"

/// Messages of a case.
namespace musterd {

/// A case's StopJobTimers command.
stop_job_timers stop_asked_for(const offboarding_case& of, const case_command& command);

/// The message that asks the work execution to stop the person's timers as of the deactivation.
outgoing_event stop_job_timers_message(const request_context& ctx, const offboarding_case& of,
                                       const case_command& command, event_uuid event_id);

/// The alert about a command that is left to an operator: OFFBOARDING_CRITICAL.
operator_alert critical_alert(const request_context& ctx, const offboarding_case& of,
                              const case_command& command, uuid alert_id);

/// The same for the broker's dead-letter queue (S90-AC7).
outgoing_event dead_letter_message(const request_context& ctx, const offboarding_case& of,
                                   const case_command& command, event_uuid event_id);

/// A line of the case's history.
case_history history_of(const request_context& ctx, const case_command& command, case_happening what,
                        uuid entry_id);

}  // namespace musterd
