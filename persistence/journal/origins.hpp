#pragma once

#include "domain/audit/audit.hpp"

#include <pqxx/transaction_base>

#include <vector>

/// From where sign-ins and refused requests came, beside the trail; see domain/audit/audit_personal.hpp.
namespace musterd {

/// Who has some from before that instant. Some at a time.
std::vector<tenant_uuid> tenants_with_origins(pqxx::transaction_base& tx, timestamp before);
/// Whether the trail says already that those from before are gone.
bool origins_purge_noted(pqxx::transaction_base& tx, tenant_uuid tenant, timestamp before);
/// What has to be in the trail before they are.
audit_entry origins_purged_entry(const request_context& ctx, uuid entry_id, timestamp before);
/// One batch; gives how many are gone.
std::size_t purge_origins(pqxx::transaction_base& tx, tenant_uuid tenant, timestamp before);

}  // namespace musterd
