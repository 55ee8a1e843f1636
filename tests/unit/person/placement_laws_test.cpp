#include "tests/unit/person/placement_fixture.hpp"
#include "tests/unit/person/placement_walk.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("placement laws: over random histories never two primaries at an instant nor the same post twice "
          "[S86-R2 S86-R4]") {
  placement_rules rules;
  std::map<std::string, int> seen;
  for (unsigned seed = 0; seed < 150; ++seed) {
    auto state = ann();
    placement_walk walk{seed, ann_person, {brooklyn, chicago}, morning};
    for (int step = 0; step < 40; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      auto command = walk.next(state);
      auto before = state;
      std::optional<location_assignment> shown;
      auto decide_now = [&] {
        return std::visit(
            [&](const auto& c) {
              auto made = rules.tried(state, c, walk.now);
              if constexpr (requires { made->answer.assignment; })
                shown = made ? std::optional{made->answer.assignment} : std::nullopt;
              return events_in(std::move(made));
            },
            command);
      };
      auto events = decide_now();
      CHECK(state == before);  // deciding leaves the state alone, also when it fails
      if (!events) {
        ++seen[events.error().code];
        continue;
      }
      for (const auto& change : changes_in(*events)) {
        evolve(state, change);
        ++seen[change.demoted ? "demoted" : "changed"];
        CHECK(change.after.version == (change.before ? change.before->version + 1 : 1));
        // S86-R5: what is over stays as it was.
        CHECK_FALSE((change.before && change.before->over_at(walk.now)));
      }
      if (shown)
        CHECK(shown == *state.find_placement(shown->assignment_id));
      REQUIRE(overlaps_in(state.placements) == 0);
      REQUIRE(state.placements.size() >= before.placements.size());
      // Repeating it changes nothing, or is refused.
      auto again = decide_now();
      const auto* creation = std::get_if<place_person>(&command);
      bool overlaps_nothing = creation && creation->effective_end_at == creation->effective_start_at;
      CHECK((!again || again->empty() || overlaps_nothing));
    }
  }
  for (const auto* met : {"demoted", "changed", "ASSIGNMENT_OVERLAP", "PRIMARY_OVERLAP", "ASSIGNMENT_ENDED",
                          "VALIDATION_FAILED"})
    CHECK_MESSAGE(seen[met] > 20, met);
}
