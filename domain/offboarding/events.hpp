#pragma once

#include "domain/kernel/decision.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/offboarding/state.hpp"

#include <variant>

/// Events of an offboarding case after it was opened.
namespace musterd {

struct command_changed {
  case_happening what;
  /// Both as they are afterwards; the case changes only when its own state does.
  case_command command;
  offboarding_case of;
  bool case_changed = false;
  friend bool operator==(const command_changed&, const command_changed&) = default;
};

using offboarding_event = std::variant<command_changed>;
using offboarding_events = std::vector<offboarding_event>;
template <class Answer>
using offboarding_decision = outcome<decision<offboarding_event, Answer>>;
template <class Command>
using offboarding_rule = rule<offboarding_state, offboarding_event, Command>;

/// Applies an event to the state.
void evolve(offboarding_state& state, const offboarding_event& event);

/// Writes an event's rows, history, audit entry, messages and alerts.
void add_effects(effects& out, const offboarding_event& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
