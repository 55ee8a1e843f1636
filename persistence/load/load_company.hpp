#pragma once

#include "domain/company/records.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Initial state of a company actor, in one round trip.
company_state load_company(pqxx::transaction_base& tx, tenant_uuid tenant);

}  // namespace musterd
