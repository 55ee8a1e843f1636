#pragma once

#include <pqxx/pqxx>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// The server role's privileges on a table, in GRANT's syntax; empty for tables used only by functions of
/// their owner or by people at a command line.
struct table_privileges {
  std::string_view table;
  std::string_view privileges;
};

/// Every table except the monthly partitions of the audit trail, which nobody accesses by name. A new table
/// needs a line here, with only what the server does to it.
std::span<const table_privileges> server_tables();
/// Functions the server's role may execute: those it calls, and those that triggers call on its behalf.
std::span<const std::string_view> server_functions();

struct prepared_database {
  int migrations = 0;
  /// Statements for somebody else to run, because the owner of the tables may not.
  std::vector<std::string> left;
};

/// Prepares for servers of this version: migrates, creates the role named by `server_url` if missing, grants
/// it what it needs and revokes the rest; only migrates where the owner is the server. Throws
/// std::runtime_error with instructions if the owner may not create roles, or the URL names another database.
prepared_database prepare_database(const std::string& owner_url, const std::string& server_url);

/// Whether this role creates and changes the tables: it owns them, or there are none yet.
bool may_migrate(pqxx::connection& db);

/// This session role's powers beyond what serving needs: "is a superuser", "owns the tables".
std::vector<std::string> excess_powers(pqxx::connection& db);

}  // namespace musterd
