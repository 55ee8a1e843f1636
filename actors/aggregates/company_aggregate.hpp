#pragma once

#include "actors/environment.hpp"
#include "domain/company/commands.hpp"
#include "persistence/load/load_company.hpp"

namespace musterd {

/// Actor side of the aggregate in domain/company/: one tenant's roles, permissions and shops. All changes go
/// through it in turn; everybody reads from `company_directories`.
struct company_aggregate {
  static constexpr std::string_view name = company_record;
  using state = company_state;
  using command = company_command;
  using event = company_event;

  static state load(pqxx::transaction_base& tx, tenant_uuid tenant, uuid) { return load_company(tx, tenant); }

  static std::shared_ptr<const void> show(const actor_environment& env, tenant_uuid, const state& company,
                                          std::int64_t relied_on) {
    env.companies.show(company, relied_on);
    return nullptr;
  }
};

}  // namespace musterd
