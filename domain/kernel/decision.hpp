#pragma once

#include "common/known_fault.hpp"

#include <span>
#include <vector>

/// Each command has one function, `decide`, declared beside it by a `rule` and found by the command's type.
namespace musterd {

struct facts;
struct request_context;

/// What a command comes to. The answer already shows the events; without events nothing changes.
template <class Event, class Answer>
struct decision {
  std::vector<Event> events;
  Answer answer;
};
template <class Event, class Answer>
decision(std::vector<Event>, Answer) -> decision<Event, Answer>;

/// Events as a list; braces would copy them.
template <class Event, class... Happened>
std::vector<Event> events_of(Happened&&... happened) {
  std::vector<Event> result;
  result.reserve(sizeof...(happened));
  (result.emplace_back(std::forward<Happened>(happened)), ...);
  return result;
}

/// The type of `decide`. Pure: the same inputs give the same decision.
template <class State, class Event, class Command>
using rule = outcome<decision<Event, typename Command::answer>>(const State& state, const Command& c,
                                                                const request_context& ctx,
                                                                const facts& known);

/// What a command says it may be refused with.
template <class Command>
constexpr std::span<const known_fault> faults_of() {
  if constexpr (requires { Command::faults; })
    return Command::faults;
  else
    return {};
}

/// Whether callers were told of this refusal: the command names it, or it needs no naming, because the
/// fields' types, the access rule or the state of the server stand for it.
bool is_announced(const fault& f, std::span<const known_fault> named);

}  // namespace musterd
