#include "tests/unit/offboarding/offboarding_fixture.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace musterd;
using namespace musterd::testing;

namespace {

offboarding_command any_command(const case_rules& rules, std::mt19937& random) {
  auto id = rules.state.commands[random() % rules.state.commands.size()].command_id;
  switch (random() % 7) {
    case 0: return report_command{id, {}, {}};
    case 1: return report_command{id, "no", {}};
    case 2: return retry_command{id};
    case 3: return random() % 4 ? offboarding_command{run_due_command{id}} : accept_risk{{"because"}, id};
    case 4: return pause_command{id};
    case 5: return resume_command{id};
    default: return run_due_command{id};
  }
}

}  // namespace

TEST_CASE("laws: over random histories of an offboarding case nothing is ever forgotten") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random{seed};
    case_rules rules;
    auto now = morning;
    for (int step = 0; step < 200; ++step) {
      now += 1s * static_cast<int>(random() % 20'000);
      auto before = rules.state;
      auto command = any_command(rules, random);
      std::visit(
          [&](const auto& c) {
            auto made = rules.tried(c, now);
            CHECK(rules.state == before);  // deciding leaves the state alone, also when it fails
            if (!made)
              return;
            for (const auto& e : made->events)
              evolve(rules.state, e);
            if constexpr (std::same_as<decltype(made->answer), command_view>)
              CHECK(to_json(made->answer) == to_json(view_of(*rules.state.find(c.command_id))));
          },
          command);
      bool open = false;
      for (const auto& c : rules.state.commands) {
        bool waits_for_operator =
            c.state == command_state::paused || c.state == command_state::requires_manual_intervention;
        // A command neither final nor with an operator is due at some time, within its window.
        CHECK(c.due_at.has_value() == (!is_final(c.state) && !waits_for_operator));
        CHECK(c.finished_at.has_value() == is_final(c.state));
        if (c.state == command_state::retrying)
          CHECK(*c.due_at <= *c.first_failed_at + rules.policy.retries.window);
        open = open || !is_final(c.state);
      }
      CHECK((rules.state.opened->state == case_state::completed) == !open);
      CHECK(rules.state.opened->closed_at.has_value() == !open);
    }
  }
}
