#pragma once

#include "domain/job_timer/state.hpp"
#include "domain/job_timer/stop_job_timers.hpp"
#include "domain/kernel/context.hpp"
#include "domain/kernel/decision.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <variant>

/// Events of a technician's job timer. They carry the record as it is afterwards.
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

/// Offboarding's answer. Changes nothing, and happens each time it asks.
struct stop_job_timers_answered {
  event_uuid event_id;
  job_timers_stopped answer;
};

using job_timer_event = std::variant<job_timer_started, job_timer_stopped, stop_job_timers_answered>;
using job_timer_events = std::vector<job_timer_event>;
template <class Answer>
using job_timer_decision = outcome<decision<job_timer_event, Answer>>;
template <class Command>
using job_timer_rule = rule<job_timer_state, job_timer_event, Command>;

/// Applies an event to the state.
void evolve(job_timer_state& state, const job_timer_event& event);

/// Writes an event's rows, audit entry and integration event.
void add_effects(effects& out, const job_timer_event& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
