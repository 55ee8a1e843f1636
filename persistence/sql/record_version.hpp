#pragma once

#include "domain/kernel/commit.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// The `record_version` of a record; 0 if its entity never committed it.
std::int64_t find_record_version(pqxx::transaction_base& tx, tenant_uuid tenant, std::string_view aggregate,
                                 const uuid& record);

}  // namespace musterd
