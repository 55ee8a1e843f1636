#pragma once

#include "domain/audit/audit.hpp"

#include <pqxx/transaction_base>

#include <vector>

/// Where sign-ins and refused requests came from, stored next to the trail; see
/// domain/audit/audit_personal.hpp.
namespace musterd {

/// Some of the tenants with origins from before that instant.
std::vector<tenant_uuid> tenants_with_origins(pqxx::transaction_base& tx, timestamp before);
/// Whether the trail already says that those from before are gone.
bool origins_purge_noted(pqxx::transaction_base& tx, tenant_uuid tenant, timestamp before);
/// The entry the trail needs before they are purged.
audit_entry origins_purged_entry(const request_context& ctx, uuid entry_id, timestamp before);
/// Purges one batch; returns how many are gone.
std::size_t purge_origins(pqxx::transaction_base& tx, tenant_uuid tenant, timestamp before);

}  // namespace musterd
