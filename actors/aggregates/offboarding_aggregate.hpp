#pragma once

#include "domain/offboarding/commands.hpp"
#include "persistence/load/load_offboarding.hpp"

namespace musterd {

/// Actor side of the aggregate in domain/offboarding/: one case, opened by the person's own actor in the
/// commit that revokes the access.
struct offboarding_aggregate {
  static constexpr std::string_view name = "offboarding";
  using state = offboarding_state;
  using command = offboarding_command;
  using event = offboarding_event;

  static state load(pqxx::transaction_base& tx, tenant_uuid tenant, uuid case_id) {
    return load_offboarding(tx, tenant, case_id);
  }
};

}  // namespace musterd
