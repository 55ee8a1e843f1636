#pragma once

#include "domain/kernel/commit.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// The versions of a record; 0 when nothing of it was ever committed by its entity.
committed_versions find_record_version(pqxx::transaction_base& tx, tenant_uuid tenant,
                                       std::string_view aggregate, const uuid& record);

}  // namespace musterd
