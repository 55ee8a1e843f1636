#pragma once

#include "domain/offboarding/state.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Initial state of a case's actor, in one round trip.
offboarding_state load_offboarding(pqxx::transaction_base& tx, tenant_uuid tenant, uuid case_id);

}  // namespace musterd
