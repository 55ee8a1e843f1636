#include "domain/person/placements/reach.hpp"

#include "tests/unit/person/placement_fixture.hpp"

using namespace musterd;
using namespace musterd::testing;

namespace {

request_context from(std::vector<location_uuid> covered) {
  auto ctx = at(morning);
  ctx.covered_shops = std::move(covered);
  return ctx;
}

person_state holding(scope_type scope, std::optional<location_uuid> shop, timestamp start,
                     maybe_time end = {}) {
  auto state = ann();
  role_assignment a;
  a.scope_type = scope;
  a.location_id = shop;
  a.effective_start_date = start;
  a.effective_end_date = end;
  state.assignments.push_back(a);
  return state;
}

/// Whether a caller who covers only Chicago may bring her in.
bool within_reach(const person_state& whom) {
  CHECK(may_bring_in(whom, at(morning)));
  return may_bring_in(whom, from({chicago}));
}

}  // namespace

TEST_CASE("Security: reach: a shop takes in its own people and those who are nowhere, and nobody else's") {
  placement_rules rules;
  CHECK(within_reach(ann()));
  CHECK(within_reach(rules.placed({placing(chicago, morning - 1h)})));
  CHECK(within_reach(rules.placed({placing(chicago, morning + 1h), placing(brooklyn, morning - 1h)})));
  CHECK_FALSE(within_reach(rules.placed({placing(brooklyn, morning - 1h)})));
  CHECK_FALSE(within_reach(rules.placed({placing(brooklyn, morning + 1h)})));
  CHECK(within_reach(holding(scope_type::location, chicago, morning - 1h)));
  CHECK_FALSE(within_reach(holding(scope_type::location, brooklyn, morning + 1h)));
  // Headquarters are at no shop, which is not the same as nowhere.
  CHECK_FALSE(within_reach(holding(scope_type::global, {}, morning - 1h)));
}

TEST_CASE("Security: reach: what is over, or never to begin, holds nobody and covers nobody") {
  placement_rules rules;
  CHECK(within_reach(rules.placed({placing(brooklyn, morning - 2h, morning)})));
  CHECK(within_reach(rules.placed({placing(brooklyn, morning + 1h, morning + 1h)})));
  CHECK(within_reach(holding(scope_type::global, {}, morning - 2h, morning)));
  auto left_us = rules.placed({placing(chicago, morning - 2h, morning), placing(brooklyn, morning - 1h)});
  CHECK_FALSE(within_reach(left_us));
}

TEST_CASE("Security: reach: people of other shops are unknown to who places and who assigns") {
  placement_rules rules;
  role_uuid mechanic{numbered(30)};
  rules.roles.add({mechanic, "MECHANIC", {}, {scope_type::location}, {}, {}, {}, 1});
  auto elsewhere = rules.placed({placing(brooklyn, morning - 1h)});
  auto here = rules.placed({placing(chicago, morning - 1h)});
  assign_role role;
  role.user_id = ann_user;
  role.role_id = mechanic;
  role.scope_type = scope_type::location;
  role.location_id = chicago;
  role.effective_start_date = morning;
  auto place = placing(chicago, morning, {}, false, "HELPER");
  auto answer = [&](const person_state& state, const auto& command) {
    auto made = decided(state, command, from({chicago}), rules.known);
    return made ? "done" : made.error().code;
  };
  CHECK(answer(elsewhere, place) == "PERSON_NOT_FOUND");
  CHECK(answer(elsewhere, role) == "USER_NOT_FOUND");
  CHECK(answer(here, place) == "done");
  CHECK(answer(here, role) == "done");
}

TEST_CASE("Security: authors: who acts at some shops is shown themselves and the system, and nobody else") {
  auto everywhere = at(morning), here = from({chicago});
  auto other = numbered(77);
  CHECK(shown_author(other, everywhere) == other);
  CHECK(shown_author(other, here).is_nil());
  CHECK(shown_author(here.actor, here) == here.actor);
  CHECK(shown_author(system_principal, here) == system_principal);
}
