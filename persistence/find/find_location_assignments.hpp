#pragma once

#include "domain/person/records.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

/// In force at an instant; ended by then; or all, future ones included.
enum class placement_period { active, history, all };
BOOST_DESCRIBE_ENUM(placement_period, active, history, all)

struct placement_filter {
  std::optional<person_uuid> person_id;
  std::optional<location_uuid> location_id;
  placement_period state = placement_period::active;
  std::optional<timestamp> at;
  static constexpr std::array<std::string_view, 4> meanings{
      "Of this person.", "At this shop.",
      "Those in force (active, if left out), those that are over (history), or all, also those to come.",
      "In force, or over, at this instant rather than now."};
};
BOOST_DESCRIBE_STRUCT(placement_filter, (), (person_id, location_id, state, at))

/// By start; a scope of shops covers only assignments at them.
page<location_assignment> find_location_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    const people_scope& scope, const placement_filter& wanted,
                                                    const page_limits& limits);

std::optional<location_assignment> find_location_assignment(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                            const people_scope& scope,
                                                            location_assignment_uuid id);

/// The assignment's person and place.
struct placement_place {
  person_uuid person_id;
  location_uuid location_id;
};
BOOST_DESCRIBE_STRUCT(placement_place, (), (person_id, location_id))

std::optional<placement_place> find_placement_place(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    location_assignment_uuid id);

/// Location assignments now in force, over all tenants.
std::int64_t count_placements_in_force(pqxx::transaction_base& tx);

}  // namespace musterd
