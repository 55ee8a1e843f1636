#pragma once

#include "tests/unit/person/person_fixture.hpp"

#include "domain/offboarding/commands.hpp"

/// A case as opened by a deactivation, for given/when/then tests.
namespace musterd::testing {

struct case_rules {
  counted_ids ids;
  location_directory locations;
  role_catalog roles;
  offboarding_policy policy;
  facts known{locations, roles, ids, trusted_caller, policy};
  offboarding_state state;

  case_rules() {
    offboarding_case of;
    of.user_id = ann_user;
    of.person_id = ann_person;
    auto opened = open_case(std::move(of), at(morning), policy.retries, ids);
    state = {opened.of, opened.commands};
  }

  const case_command& command(command_type type) const {
    return *std::find_if(state.commands.begin(), state.commands.end(),
                         [&](const auto& c) { return c.command_type == type; });
  }
  const case_command& timers() const { return command(command_type::stop_job_timers); }
  const case_command& clock() const { return command(command_type::close_clock_session); }

  template <class Command>
  auto tried(const Command& c, timestamp now) {
    return decided(state, c, at(now), known);
  }
  template <class Command>
  outcome<offboarding_events> when(const Command& c, timestamp now) {
    return events_in(tried(c, now));
  }
  /// Applies a command that must succeed; returns its events.
  template <class Command>
  offboarding_events then(const Command& c, timestamp now) {
    auto events = when(c, now).value();
    for (const auto& e : events)
      evolve(state, e);
    return events;
  }
};

inline std::string code_of(const outcome<offboarding_events>& result) {
  return result ? "" : result.error().code;
}

}  // namespace musterd::testing
