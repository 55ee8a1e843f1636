#pragma once

#include "domain/kernel/table.hpp"
#include "persistence/audit/chain/chain_memory.hpp"

namespace musterd {

/// Reports a chain that ends elsewhere in the database than its writer left it: an entry in the trail and a
/// critical alert.
std::vector<row_write> report_of(const chain_difference& what, timestamp now);

std::string described(const chain_difference& what);

}  // namespace musterd
