#pragma once

#include "domain/kernel/decision.hpp"

#include <doctest/doctest.h>

namespace musterd {

/// As `decide`; fails the test where a rule refuses with what its command does not name.
template <class State, class Command>
auto decided(const State& state, const Command& c, const request_context& ctx, const facts& known) {
  auto result = decide(state, c, ctx, known);
  if (!result)
    CHECK_MESSAGE(is_announced(result.error(), faults_of<Command>()),
                  Command::name << " does not name " << result.error().code);
  return result;
}

/// The events of a decision, for tests that look at nothing else.
template <class Event, class Answer>
outcome<std::vector<Event>> events_in(outcome<decision<Event, Answer>> made) {
  if (!made)
    return made.error();
  return std::move(made->events);
}

}  // namespace musterd
