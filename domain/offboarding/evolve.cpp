#include "domain/offboarding/events.hpp"

#include <algorithm>

namespace musterd {

void evolve(offboarding_state& state, const offboarding_event& event) {
  const auto& happened = std::get<command_changed>(event);
  state.opened = happened.of;
  for (auto& c : state.commands)
    if (c.command_id == happened.command.command_id)
      c = happened.command;
}

const case_command* offboarding_state::find(uuid command) const {
  auto found =
      std::find_if(commands.begin(), commands.end(), [&](const auto& c) { return c.command_id == command; });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace musterd
