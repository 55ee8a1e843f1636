#include "persistence/commit_batch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace musterd {
namespace {

/// More tables than any batch of ours touches; a statement's parameters have to be counted at compile time.
constexpr std::size_t max_tables = 24;

std::string upsert_tail(const table_spec& table) {
  std::vector<std::string> assignments;
  for (auto column : table.columns)
    if (column != "tenant_id" && column != table.key)
      assignments.push_back(fmt::format("{0} = excluded.{0}", column));
  return fmt::format(" ON CONFLICT (tenant_id, {}) DO UPDATE SET {} WHERE t.version = excluded.version - 1", table.key,
                     fmt::join(assignments, ", "));
}

std::string write_cte(const table_spec& table, std::size_t index) {
  auto columns = fmt::format("{}", fmt::join(table.columns, ", "));
  return fmt::format("w{} AS (INSERT INTO {} AS t ({}) SELECT {} FROM json_populate_recordset(null::{}, ${}::json){} "
                     "RETURNING 1)",
                     index, table.name, columns, columns, table.name, index + 1,
                     table.mode == write_mode::versioned ? upsert_tail(table) : "");
}

std::string batch_statement(const std::vector<const table_spec*>& tables) {
  std::vector<std::string> ctes, checks;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    ctes.push_back(write_cte(*tables[i], i));
    if (tables[i]->mode == write_mode::versioned)
      checks.push_back(fmt::format("journal.expect_rows((SELECT count(*) FROM w{0}), json_array_length(${1}::json), '{2}')",
                                   i, i + 1, tables[i]->name));
  }
  return fmt::format("WITH {} SELECT {}", fmt::join(ctes, ", "), checks.empty() ? "1" : fmt::format("{}", fmt::join(checks, ", ")));
}

template <std::size_t... I>
void execute_prepared(pqxx::nontransaction& tx, const std::string& name, const std::vector<std::string>& arguments,
                      std::index_sequence<I...>) {
  tx.exec_prepared(name, arguments[I]...);
}

template <std::size_t N = 1>
void execute_prepared(pqxx::nontransaction& tx, const std::string& name, const std::vector<std::string>& arguments) {
  if (arguments.size() == N)
    execute_prepared(tx, name, arguments, std::make_index_sequence<N>{});
  else if constexpr (N < max_tables)
    execute_prepared<N + 1>(tx, name, arguments);
  else
    throw std::logic_error{"a commit touches more tables than a statement can take"};
}

}  // namespace

const std::string& commit_batch::statement_for(pqxx::connection& db, const std::vector<table_rows>& tables) {
  std::vector<const table_spec*> key;
  for (const auto& t : tables)
    key.push_back(t.table);
  auto [entry, added] = prepared_.try_emplace(key);
  if (added) {
    entry->second = fmt::format("commit_{}", prepared_.size());
    try {
      db.prepare(entry->second, batch_statement(key));
    } catch (...) {
      prepared_.erase(entry);
      throw;
    }
  }
  return entry->second;
}

void commit_batch::execute(pqxx::connection& db, std::span<const commit_unit* const> units) {
  std::vector<table_rows> tables;
  for (const auto* unit : units)
    for (const auto& write : unit->writes) {
      auto rows = std::find_if(tables.begin(), tables.end(), [&](const auto& t) { return t.table == write.table; });
      if (rows == tables.end())
        rows = tables.insert(tables.end(), table_rows{write.table});
      if (rows->count++ > 0)
        rows->json += ',';
      rows->json += write.json;
    }
  if (tables.empty())
    return;
  std::sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) { return a.table->name < b.table->name; });
  const auto& statement = statement_for(db, tables);
  std::vector<std::string> arguments;
  for (auto& t : tables)
    arguments.push_back(std::move(t.json += ']'));
  pqxx::nontransaction tx{db};
  execute_prepared(tx, statement, arguments);
}

}  // namespace musterd
