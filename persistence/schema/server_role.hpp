#pragma once

#include <pqxx/pqxx>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// What the server's role may do with a table, as GRANT takes it; empty for tables that only functions of
/// their owner, or people at a command line, have to do with.
struct table_privileges {
  std::string_view table;
  std::string_view privileges;
};

/// Every table, but for the months of the audit trail: nobody reads or writes these by their own names. A new
/// table gets a line here, with what the server does to it and nothing more.
std::span<const table_privileges> server_tables();
/// The functions that the server's role may execute: those it names, and those that triggers call in its
/// name.
std::span<const std::string_view> server_functions();

struct prepared_database {
  int migrations = 0;
  /// Statements that somebody else has to run, because the owner of the tables may not.
  std::vector<std::string> left;
};

/// What an owner does before servers of this version start: migrates, makes the role that `server_url` names
/// if there is none, and gives it what it needs, taking away what else it has; nothing of that where the
/// owner is the server. Throws std::runtime_error with what to do where the owner may not make roles, or the
/// URL names another database.
prepared_database prepare_database(const std::string& owner_url, const std::string& server_url);

/// Whether tables are made and changed by this role: it owns them, or there are none yet.
bool may_migrate(pqxx::connection& db);

/// What this session's role may do beyond serving: "is a superuser", "owns the tables".
std::vector<std::string> excess_powers(pqxx::connection& db);

}  // namespace musterd
