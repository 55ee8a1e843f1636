#pragma once

#include "domain/role_catalog.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Roles and grants of every tenant.
role_directory_ptr load_role_directory(pqxx::transaction_base& tx);

}  // namespace musterd
