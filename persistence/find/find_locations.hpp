#pragma once

#include "domain/company/location.hpp"
#include "domain/timecard/records.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

/// A person clocked in at a shop, from the projection of our own events.
struct clocked_in_person {
  person_uuid person_id;
  std::string first_name;
  std::string last_name;
  timestamp clocked_in_at{};
  bool on_break = false;
  std::optional<musterd::break_type> break_type;
  std::optional<timestamp> break_started_at;
};
BOOST_DESCRIBE_STRUCT(clocked_in_person, (),
                      (person_id, first_name, last_name, clocked_in_at, on_break, break_type,
                       break_started_at))

/// Shops by code: all if `everywhere`, else those in `among`.
page<location> find_locations(pqxx::transaction_base& tx, tenant_uuid tenant, bool everywhere,
                              const std::vector<location_uuid>& among, const page_limits& limits);
std::optional<location> find_location(pqxx::transaction_base& tx, tenant_uuid tenant, location_uuid id);

/// People clocked in at a shop, longest first.
page<clocked_in_person> find_on_the_clock(pqxx::transaction_base& tx, tenant_uuid tenant,
                                          const people_scope& scope, location_uuid place,
                                          const page_limits& limits);

}  // namespace musterd
