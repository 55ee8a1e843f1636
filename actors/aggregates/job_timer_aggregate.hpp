#pragma once

#include "domain/job_timer/commands.hpp"
#include "persistence/load/load_job_timer.hpp"

namespace musterd {

/// Actor side of the aggregate in domain/job_timer/: one technician's time on jobs.
struct job_timer_aggregate {
  static constexpr std::string_view name = "job_timer";
  using state = job_timer_state;
  using command = job_timer_command;
  using event = job_timer_event;

  static state load(pqxx::transaction_base& tx, tenant_uuid tenant, uuid technician) {
    return load_job_timer(tx, tenant, {technician});
  }
};

}  // namespace musterd
