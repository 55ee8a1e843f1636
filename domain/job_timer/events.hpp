#pragma once

#include "domain/job_timer/state.hpp"
#include "domain/job_timer/stop_job_timers.hpp"
#include "domain/kernel/context.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <variant>

/// What happened to a technician's job timer. Events carry the record as it is afterwards.
namespace musterd {

struct job_timer_started {
  event_uuid event_id;
  job_timer timer;
  friend bool operator==(const job_timer_started&, const job_timer_started&) = default;
};

/// By the technician, or by force: the record says which.
struct job_timer_stopped {
  event_uuid event_id;
  job_timer timer;
  friend bool operator==(const job_timer_stopped&, const job_timer_stopped&) = default;
};

/// Offboarding gets its answer. Changes nothing, and happens each time it asks.
struct stop_job_timers_answered {
  event_uuid event_id;
  job_timers_stopped answer;
};

using job_timer_event = std::variant<job_timer_started, job_timer_stopped, stop_job_timers_answered>;

/// Brings the state up to date with one event.
void evolve(job_timer_state& state, const job_timer_event& event);

/// Rows, audit entry and integration event of one event.
void add_effects(effects& out, const job_timer_event& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
