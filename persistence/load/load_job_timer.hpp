#pragma once

#include "domain/job_timer/state.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Initial state of a job timer actor: the running timer, or else the last one stopped.
job_timer_state load_job_timer(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid technician);

}  // namespace musterd
