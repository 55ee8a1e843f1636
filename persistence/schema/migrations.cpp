#include "persistence/schema/migrations.hpp"

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

/// "musterd" in ASCII; any constant that all nodes share will do.
constexpr auto advisory_lock = 0x6d757374657264;

/// FNV-1a: detects edited files, not attacks.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

constexpr auto may_read = R"(
SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'migration' AND c.relname = 'applied')";

std::map<int, std::string> applied_checksums(pqxx::transaction_base& tx) {
  std::map<int, std::string> result;
  for (const auto& row : tx.exec("SELECT version, checksum FROM migration.applied"))
    result[row[0].as<int>()] = row[1].as<std::string>();
  return result;
}

std::vector<const migration*> missing(const std::map<int, std::string>& applied,
                                      std::span<const migration> migrations) {
  if (!applied.empty() && (migrations.empty() || applied.rbegin()->first > migrations.back().version))
    throw std::runtime_error{"the database was migrated by a newer version of this program"};
  std::vector<const migration*> result;
  for (const auto& step : migrations) {
    auto known = applied.find(step.version);
    if (known == applied.end())
      result.push_back(&step);
    else if (known->second != checksum(step.sql))
      throw std::runtime_error{fmt::format("migration {} was changed after it had been applied", step.name)};
  }
  return result;
}

int apply_missing(pqxx::connection& db, std::span<const migration> migrations) {
  std::map<int, std::string> applied;
  {
    pqxx::work tx{db};
    tx.exec(bookkeeping);
    applied = applied_checksums(tx);
    tx.commit();
  }
  auto steps = missing(applied, migrations);
  for (const auto* step : steps) {
    pqxx::work tx{db};
    tx.exec(std::string{step->sql});
    tx.exec(fmt::format("INSERT INTO migration.applied (version, name, checksum) VALUES ({}, {}, {})",
                        step->version, tx.quote(std::string{step->name}), tx.quote(checksum(step->sql))));
    tx.commit();
  }
  return static_cast<int>(steps.size());
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

void expect_migrated(pqxx::connection& db, std::span<const migration> migrations) {
  pqxx::nontransaction tx{db};
  auto readable = tx.exec(may_read);
  if (readable.empty() || !readable[0][0].as<bool>())
    throw std::runtime_error{
        fmt::format("the database is not prepared for the role {}: run `musterd migrate` "
                    "as the owner of its tables (MUSTERD_MIGRATION_DATABASE_URL)",
                    db.username())};
  auto steps = missing(applied_checksums(tx), migrations);
  if (!steps.empty())
    throw std::runtime_error{
        fmt::format("the database lacks {} migrations, from {} on: run `musterd migrate` "
                    "as the owner of its tables (MUSTERD_MIGRATION_DATABASE_URL)",
                    steps.size(), steps.front()->name)};
}

}  // namespace musterd
