#pragma once

#include "domain/location.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Every shop of every tenant.
location_directory_ptr load_locations(pqxx::transaction_base& tx);

}  // namespace musterd
