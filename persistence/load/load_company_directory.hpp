#pragma once

#include "domain/company/directories.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Locations, roles and services of one company, in one round trip.
company_directory_ptr load_company_directory(pqxx::transaction_base& tx, tenant_uuid tenant);

/// Makes sure a company is there before it is asked for; rereads it if in doubt.
void show_company(pqxx::transaction_base& tx, company_directories& shown, tenant_uuid tenant);

/// Brings one company up to date, whoever changed it.
void reread_company(pqxx::transaction_base& tx, company_directories& shown, tenant_uuid tenant);

/// Companies changed by any node.
struct company_changes {
  struct change {
    tenant_uuid tenant;
    std::int64_t version = 0;
  };
  std::vector<change> changed;
  /// Where the next call begins.
  std::string next;
};

/// Changes since an earlier call, perhaps some repeatedly; none without an earlier one.
company_changes find_company_changes(pqxx::transaction_base& tx, const std::string& since);

/// How far company changes have been followed. Transaction numbers belong to one database server, so start
/// with an empty one after reconnecting, perhaps to another.
struct company_watch {
  static constexpr std::size_t reread_at_once = 200;
  std::string since;
  /// Companies shown at the start and not reread yet.
  std::vector<tenant_uuid> unsure;
};

/// Brings the directories up to date with changes by others since the last call; without one rereads
/// everything, some per call. Returns the companies reread.
std::vector<tenant_uuid> refresh_companies(pqxx::transaction_base& tx, company_directories& shown,
                                           company_watch& watch);

}  // namespace musterd
