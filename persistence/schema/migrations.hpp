#pragma once

#include <pqxx/pqxx>

#include <span>
#include <string_view>

namespace musterd {

/// One file of `migrations/`, embedded at build time.
struct migration {
  int version;
  std::string_view name;
  std::string_view sql;
};

/// All of them, in ascending order.
std::span<const migration> embedded_migrations();

/// Applies missing migrations, each in its own transaction, under an advisory lock so that nodes starting
/// together take turns. Returns how many were applied. Throws std::runtime_error when an applied migration's
/// text has changed since, or when the database is newer than this program.
int migrate(pqxx::connection& db, std::span<const migration> migrations = embedded_migrations());

/// For roles that may not migrate: throws std::runtime_error, with instructions if a migration is missing,
/// and wherever `migrate` would throw.
void expect_migrated(pqxx::connection& db, std::span<const migration> migrations = embedded_migrations());

}  // namespace musterd
