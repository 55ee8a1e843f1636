#pragma once

#include "domain/job_timer/commands.hpp"
#include "domain/job_timer/events.hpp"
#include "domain/kernel/facts.hpp"

/// The rules of job timers: one runs at a time, and offboarding stops it (S90-AC3). Pure: the same
/// inputs give the same events.
namespace musterd {

using job_timer_events = std::vector<job_timer_event>;

/// How long after a deactivation a timer may have been started by a request that was under way; one started
/// later was started by somebody who had been let in again. Also how far clocks may differ.
inline constexpr std::chrono::minutes deactivation_grace{1};

outcome<job_timer_events> decide(const job_timer_state& state, const start_job_timer& c,
                                 const request_context& ctx, facts& known);
outcome<job_timer_events> decide(const job_timer_state& state, const stop_job_timer& c,
                                 const request_context& ctx, facts& known);
outcome<job_timer_events> decide(const job_timer_state& state, const force_stop_job_timers& c,
                                 const request_context& ctx, facts& known);
outcome<job_timer_events> decide(const job_timer_state& state, const get_active_job_timers& c,
                                 const request_context& ctx, facts& known);

/// What a decided command answers: `after` already holds its events.
job_timer answer(const job_timer_state& after, const start_job_timer& c, const job_timer_events& events,
                 timestamp now);
job_timer answer(const job_timer_state& after, const stop_job_timer& c, const job_timer_events& events,
                 timestamp now);
job_timers_stopped answer(const job_timer_state& after, const force_stop_job_timers& c,
                          const job_timer_events& events, timestamp now);
page<job_timer> answer(const job_timer_state& after, const get_active_job_timers& c,
                       const job_timer_events& events, timestamp now);

}  // namespace musterd
