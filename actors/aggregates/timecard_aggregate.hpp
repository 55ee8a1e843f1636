#pragma once

#include "domain/timecard/commands.hpp"
#include "persistence/load/load_timecard.hpp"

namespace musterd {

/// Actor side of the aggregate in domain/timecard/: one human's clock sessions and breaks.
struct timecard_aggregate {
  static constexpr std::string_view name = "timecard";
  using state = timecard_state;
  using command = timecard_command;
  using event = timecard_event;

  static state load(pqxx::transaction_base& tx, tenant_uuid tenant, uuid person) {
    return load_timecard(tx, tenant, {person});
  }
};

}  // namespace musterd
