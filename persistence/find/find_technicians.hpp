#pragma once

#include "persistence/sql/people_scope.hpp"

#include <optional>
#include <string>

namespace musterd {

struct technician_timer {
  std::string work_order_id;
  timestamp since{};
};
BOOST_DESCRIBE_STRUCT(technician_timer, (), (work_order_id, since))

struct available_technician {
  person_uuid person_id;
  std::string first_name;
  std::string last_name;
  /// Roles of the placement: MECHANIC.
  std::vector<std::string> roles;
  /// Whether it is their own shop; otherwise they are on loan.
  bool is_primary = false;
  std::optional<technician_timer> active_timer;
};
BOOST_DESCRIBE_STRUCT(available_technician, (),
                      (person_id, first_name, last_name, roles, is_primary, active_timer))

/// People placed at a shop at that instant who may be given work now, by name: person and user, if any, are
/// ACTIVE (S90-R5).
page<available_technician> find_available_technicians(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                      const people_scope& scope, location_uuid place,
                                                      timestamp at, const page_limits& limits);

}  // namespace musterd
