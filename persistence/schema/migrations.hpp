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

/// Applies what is missing, each in its own transaction, while holding an advisory lock so that nodes that
/// start together take turns. Answers how many were applied. Throws std::runtime_error when an applied
/// migration's text has changed since, or when the database is newer than this program.
int migrate(pqxx::connection& db, std::span<const migration> migrations = embedded_migrations());

/// For who may not migrate: throws std::runtime_error with what to do when a migration is missing, or where
/// `migrate` would throw.
void expect_migrated(pqxx::connection& db, std::span<const migration> migrations = embedded_migrations());

}  // namespace musterd
