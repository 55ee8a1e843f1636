#pragma once

#include "domain/company/records.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// What a company actor starts with, in one round trip.
company_state load_company(pqxx::transaction_base& tx, tenant_uuid tenant);

}  // namespace musterd
