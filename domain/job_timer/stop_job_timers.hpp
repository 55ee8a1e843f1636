#pragma once

#include "domain/kernel/outgoing_event.hpp"

/// Messages between offboarding and a work execution over AMQP (D-85). The consumer of `workexec.commands`
/// must be idempotent, and answer each delivery with one of the two events.
namespace musterd {

/// "StopJobTimers": stop what is running for this person, as of `stop_at`.
struct stop_job_timers {
  /// Returned with the answer.
  uuid case_id;
  uuid command_id;
  musterd::person_uuid person_id;
  timestamp stop_at{};
  /// Why, for `forcedStopReason`: "USER_DISABLED".
  std::string reason;
  /// Counts from 1.
  std::int64_t attempt = 1;
};
BOOST_DESCRIBE_STRUCT(stop_job_timers, (), (case_id, command_id, person_id, stop_at, reason, attempt))

/// "JobTimersStopped": nothing is running any more. `stopped_timer_ids` may be empty.
struct job_timers_stopped {
  uuid case_id;
  uuid command_id;
  musterd::person_uuid person_id;
  std::vector<uuid> stopped_timer_ids;
};
BOOST_DESCRIBE_STRUCT(job_timers_stopped, (), (case_id, command_id, person_id, stopped_timer_ids))

/// "JobTimersStopFailed": try again later.
struct job_timers_stop_failed {
  uuid case_id;
  uuid command_id;
  musterd::person_uuid person_id;
  std::string error;
  /// The command's, so that a late failure is not taken for the next attempt's.
  std::optional<std::int64_t> attempt;
};
BOOST_DESCRIBE_STRUCT(job_timers_stop_failed, (), (case_id, command_id, person_id, error, attempt))

inline constexpr event_route stop_job_timers_route{"StopJobTimers", "workexec.commands",
                                                   "workexec.stop_job_timers.v1"};
inline constexpr event_route job_timers_stopped_route{"JobTimersStopped", "workexec.events",
                                                      "workexec.job_timers.stopped.v1"};
inline constexpr event_route job_timers_stop_failed_route{"JobTimersStopFailed", "workexec.events",
                                                          "workexec.job_timers.stop_failed.v1"};

}  // namespace musterd
