#pragma once

#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

/// Two shops that take people, one that does not, and commands about the person's placements.
namespace musterd::testing {

inline const location_uuid brooklyn{numbered(20)}, chicago{numbered(21)}, closed_shop{numbered(22)};

struct placement_rules : person_rules {
  placement_rules() {
    auto add = [&](location_uuid id, const char* code, location_status status) {
      locations.add(at(morning).tenant, {id, code, code, "America/New_York", status, {}, {}, 1});
    };
    add(brooklyn, "NYC", location_status::active);
    add(chicago, "CHI", location_status::active);
    add(closed_shop, "OLD", location_status::inactive);
  }

  /// Ann after these placements in order, each of which must succeed.
  person_state placed(std::initializer_list<place_person> all) {
    auto state = ann();
    for (const auto& c : all)
      state = after(state, c, morning);
    return state;
  }
  template <class Command>
  fault refused(const person_state& state, const Command& c, timestamp now = morning) {
    auto result = when(state, c, now);
    REQUIRE(result.has_error());
    return result.error();
  }
};

using maybe_time = std::optional<timestamp>;

inline place_person placing(location_uuid where, timestamp start, maybe_time end = {}, bool primary = false,
                            std::string role = "MECHANIC") {
  place_person c;
  c.person_id = ann_person;
  c.location_id = where;
  c.role = std::move(role);
  c.is_primary = primary;
  c.effective_start_at = start;
  c.effective_end_at = end;
  return c;
}

inline place_person primary_at(location_uuid where, timestamp start, maybe_time end = {}) {
  return placing(where, start, end, true);
}

inline change_placement changing(const location_assignment& p) {
  change_placement c;
  c.assignment_id = p.assignment_id;
  c.version = p.version;
  return c;
}

inline end_placement ending(const location_assignment& p, maybe_time end = {}) {
  end_placement c;
  c.assignment_id = p.assignment_id;
  c.effective_end_at = end;
  return c;
}

/// The events of a command, all of which must be placement changes.
inline std::vector<placement_changed> changes_in(const person_events& events) {
  std::vector<placement_changed> result;
  for (const auto& event : events)
    result.push_back(std::get<placement_changed>(event));
  return result;
}

}  // namespace musterd::testing
