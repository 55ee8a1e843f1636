#include "persistence/migrations.hpp"

#include <fmt/format.h>

#include <map>
#include <stdexcept>

namespace musterd {
namespace {

constexpr auto bookkeeping = R"(
CREATE SCHEMA IF NOT EXISTS migration;
CREATE TABLE IF NOT EXISTS migration.applied (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
))";

/// "musterd" in ASCII, cut to what fits: any constant will do as long as every node uses the same.
constexpr auto advisory_lock = 0x6d757374657264;

/// FNV-1a: finds an edited file, nobody attacks it.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::map<int, std::string> applied_checksums(pqxx::connection& db) {
  pqxx::work tx{db};
  tx.exec(bookkeeping);
  std::map<int, std::string> result;
  for (const auto& row : tx.exec("SELECT version, checksum FROM migration.applied"))
    result[row[0].as<int>()] = row[1].as<std::string>();
  tx.commit();
  return result;
}

int apply_missing(pqxx::connection& db, std::span<const migration> migrations) {
  auto applied = applied_checksums(db);
  if (!applied.empty() && (migrations.empty() || applied.rbegin()->first > migrations.back().version))
    throw std::runtime_error{"the database was migrated by a newer version of this program"};
  int count = 0;
  for (const auto& step : migrations) {
    auto known = applied.find(step.version);
    if (known != applied.end()) {
      if (known->second != checksum(step.sql))
        throw std::runtime_error{
            fmt::format("migration {} was changed after it had been applied", step.name)};
      continue;
    }
    pqxx::work tx{db};
    tx.exec(std::string{step.sql});
    tx.exec(fmt::format("INSERT INTO migration.applied (version, name, checksum) VALUES ({}, {}, {})",
                        step.version, tx.quote(std::string{step.name}), tx.quote(checksum(step.sql))));
    tx.commit();
    ++count;
  }
  return count;
}

}  // namespace

int migrate(pqxx::connection& db, std::span<const migration> migrations) {
  auto advisory = [&](std::string_view function) {
    pqxx::nontransaction tx{db};
    tx.exec(fmt::format("SELECT {}({})", function, advisory_lock));
  };
  advisory("pg_advisory_lock");
  try {
    auto count = apply_missing(db, migrations);
    advisory("pg_advisory_unlock");
    return count;
  } catch (...) {
    if (db.is_open())
      advisory("pg_advisory_unlock");
    throw;
  }
}

}  // namespace musterd
