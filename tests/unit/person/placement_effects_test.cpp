#include "tests/unit/person/placement_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("placements: a demotion and a creation are two rows, two audit entries and two events in order "
          "[S86-R6 S86-R7 S86-F9]") {
  placement_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning - 24h)});
  effects out;
  for (const auto& event : rules.when(state, primary_at(chicago, morning + 24h), morning).value())
    add_effects(out, event, at(morning), rules.ids);
  std::vector<std::string_view> tables;
  tables.reserve(out.writes.size());
  for (const auto& write : out.writes)
    tables.push_back(write.table().name);
  CHECK(tables == std::vector<std::string_view>{"people.location_assignment", "audit.entry",
                                                "messaging.outbox", "people.location_assignment",
                                                "audit.entry", "messaging.outbox"});
  CHECK(out.writes[0].is_update());
  CHECK_FALSE(out.writes[3].is_update());
  CHECK(out.writes[2].text().find("PersonLocationAssignmentUpdated") != std::string::npos);
  CHECK(out.writes[5].text().find("PersonLocationAssignmentCreated") != std::string::npos);
  std::vector<std::string_view> counted;
  counted.reserve(out.signals.size());
  for (const auto& s : out.signals)
    counted.push_back(s.metric);
  CHECK(counted == std::vector<std::string_view>{"assignment_updated_total",
                                                 "assignment_primary_demoted_total",
                                                 "assignment_created_total"});
}
