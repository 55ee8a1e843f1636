#pragma once

#include "domain/kernel/outgoing_event.hpp"

/// What offboarding and a work execution say to each other over AMQP (D-85). Whoever serves
/// `workexec.commands` must take a command any number of times, and answer each with one of the two events.
namespace musterd {

/// "StopJobTimers": stop what runs for this person, as of `stop_at`.
struct stop_job_timers {
  /// Goes back with the answer.
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

/// "JobTimersStopped": nothing runs any more. `stopped_timer_ids` may be empty.
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
  /// That of the command, so that a late failure says nothing about the next attempt.
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
