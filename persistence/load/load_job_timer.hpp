#pragma once

#include "domain/job_timer/state.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// What a job timer actor starts with: the timer that runs, or else the last one that stopped.
job_timer_state load_job_timer(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid technician);

}  // namespace musterd
