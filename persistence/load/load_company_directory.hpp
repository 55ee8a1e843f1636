#pragma once

#include "domain/company/directories.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Shops, roles and services of one company, in one round trip.
company_directory_ptr load_company_directory(pqxx::transaction_base& tx, tenant_uuid tenant);

/// Sees to it that a company is there before anybody asks for it, and read again if what is there is in
/// doubt.
void show_company(pqxx::transaction_base& tx, company_directories& shown, tenant_uuid tenant);

/// Brings one company up to date, whoever changed it.
void reread_company(pqxx::transaction_base& tx, company_directories& shown, tenant_uuid tenant);

/// Companies that were changed, by any node.
struct company_changes {
  struct change {
    tenant_uuid tenant;
    std::int64_t version = 0;
  };
  std::vector<change> changed;
  /// Where the next look begins.
  std::string next;
};

/// Those since an earlier look, and perhaps some again; none when there was no earlier one.
company_changes find_company_changes(pqxx::transaction_base& tx, const std::string& since);

/// How far changes of companies have been looked at. Transactions are numbered by the server that made them:
/// who connects again, perhaps to another one, begins with an empty one.
struct company_watch {
  static constexpr std::size_t reread_at_once = 200;
  std::string since;
  /// Companies that were shown when it began and have not been read again yet.
  std::vector<tenant_uuid> unsure;
};

/// Brings what is shown up to date with what others changed since the last look; all of it, some at a time,
/// when there was none. Answers which companies were read.
std::vector<tenant_uuid> refresh_companies(pqxx::transaction_base& tx, company_directories& shown,
                                           company_watch& watch);

}  // namespace musterd
