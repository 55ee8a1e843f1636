#pragma once

#include "domain/kernel/context.hpp"
#include "domain/kernel/decision.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/timecard/state.hpp"

#include <variant>

/// Events of a time clock. They carry the records as they are afterwards.
namespace musterd {

struct clocked_in {
  event_uuid event_id;
  musterd::timecard timecard;
  musterd::clock_session clock_session;
  friend bool operator==(const clocked_in&, const clocked_in&) = default;
};

struct clocked_out {
  event_uuid event_id;
  musterd::timecard timecard;
  musterd::clock_session clock_session;
  friend bool operator==(const clocked_out&, const clocked_out&) = default;
};

struct break_started {
  event_uuid event_id;
  break_record pause;
  friend bool operator==(const break_started&, const break_started&) = default;
};

struct break_ended {
  event_uuid event_id;
  break_record pause;
  friend bool operator==(const break_ended&, const break_ended&) = default;
};

/// Ended by the clock-out (S84-R5).
struct break_auto_ended {
  event_uuid event_id;
  break_record pause;
  friend bool operator==(const break_auto_ended&, const break_auto_ended&) = default;
};

using timecard_event = std::variant<clocked_in, clocked_out, break_started, break_ended, break_auto_ended>;
using timecard_events = std::vector<timecard_event>;
template <class Answer>
using timecard_decision = outcome<decision<timecard_event, Answer>>;
template <class Command>
using timecard_rule = rule<timecard_state, timecard_event, Command>;

/// Applies an event to the state.
void evolve(timecard_state& state, const timecard_event& event);

/// Writes an event's rows, audit entry and integration event.
void add_effects(effects& out, const timecard_event& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
