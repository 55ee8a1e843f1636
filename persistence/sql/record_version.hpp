#pragma once

#include "domain/kernel/commit.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// The versions of a record; 0 if its entity never committed it.
committed_versions find_record_version(pqxx::transaction_base& tx, tenant_uuid tenant,
                                       std::string_view aggregate, const uuid& record);

}  // namespace musterd
