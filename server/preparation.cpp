#include "common/observation/log.hpp"
#include "common/text/text.hpp"
#include "domain/access/default_roles.hpp"
#include "persistence/audit/audit_partitions.hpp"
#include "persistence/find/access/find_roles.hpp"
#include "persistence/journal/backend_succession.hpp"
#include "persistence/schema/migrations.hpp"
#include "persistence/schema/server_role.hpp"
#include "persistence/sql/connection.hpp"
#include "server/administration/key_administration.hpp"
#include "server/observation/lock_watch.hpp"
#include "server/parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace musterd {
namespace {

constexpr std::chrono::seconds longest_lock_wait{60};

/// Warns, or refuses to start, if taking over this process would give more power than the server needs.
void check_role(const database_settings& c, pqxx::connection& db) {
  auto powers = excess_powers(db);
  if (!c.migration_url.empty())
    powers.emplace_back("has the URL of the owner beside it (MUSTERD_MIGRATION_DATABASE_URL)");
  if (powers.empty())
    return;
  auto text = fmt::format("the database role {} may do more than serving needs: it {}", db.username(),
                          fmt::join(powers, "; it "));
  if (c.powerful_role == powerful_role::refuse)
    throw std::runtime_error{text};
  log::warn({"server", "powerful_role"}, "{} (docs/operations.md, \"Database roles\")", text);
}

/// A misspelt role would require a second factor of nobody.
void warn_of_unknown_roles(const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (std::ranges::none_of(default_role_names,
                             [&](auto known) { return equals_ignoring_case(known, name); }))
      log::warn({"auth", "unknown_role"},
                "auth.second_factor_roles: no company begins with a role {}; right only if one made it",
                name);
}

}  // namespace

void prepare_to_serve(server::parts& p) {
  auto db = open_connection(p.settings.database.url,
                            fmt::format("SET lock_timeout = '{}s'", longest_lock_wait.count()));
  lock_watch watch{p.settings.database.url, *db};
  try {
    if (!may_migrate(*db))
      expect_migrated(*db);
    else if (auto applied = migrate(*db); applied > 0)
      log::info({"server", "migrated"}, "{} migrations applied", applied);
    pqxx::nontransaction{*db}.exec(
        fmt::format("SET statement_timeout = '{}s'", 2 * longest_lock_wait.count()));
    check_role(p.settings.database, *db);
    warn_of_unknown_roles(p.settings.auth.sign_in.second_factor_roles);
    end_other_writers(*db);
    pqxx::nontransaction tx{*db};
    register_own_permissions(tx);
    make_audit_partitions(tx);
    take_company_changes(p, tx);
    start_signing(p, tx);
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate() != "55P03")
      throw;
    throw std::runtime_error{
        fmt::format("a lock in the database was not given within {} s; the log says whose it is",
                    longest_lock_wait.count())};
  }
}

}  // namespace musterd
