#include "persistence/journal/commit_batch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

namespace musterd {
namespace {

/// Mixed batches make many sets of kinds; each costs plan memory in the server process.
constexpr std::size_t most_prepared = 256;

std::string names(const table_spec& table) {
  std::vector<std::string_view> all;
  for (const auto& c : table.columns)
    all.push_back(c.name);
  return fmt::format("{}", fmt::join(all, ", "));
}

/// "unnest($3::uuid[], $4::text[]) AS u (a, b)"
std::string source(const table_spec& table, std::size_t parameter) {
  std::vector<std::string> arrays;
  for (const auto& c : table.columns)
    arrays.push_back(fmt::format("${}::{}[]", parameter++, c.element_type));
  return fmt::format("unnest({}) AS u ({})", fmt::join(arrays, ", "), names(table));
}

std::string value(const column_spec& column) {
  return column.cast.empty() ? fmt::format("u.{}", column.name)
                             : fmt::format("u.{}::{}", column.name, column.cast);
}

std::string insert_text(const table_spec& table, std::size_t parameter) {
  std::vector<std::string> values;
  for (const auto& c : table.columns)
    values.push_back(value(c));
  return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", table.name, names(table),
                     fmt::join(values, ", "), source(table, parameter));
}

bool is_key(const table_spec& table, std::string_view column) {
  auto key = fmt::format(", {},", table.key);
  return column == "tenant_id" || key.find(fmt::format(" {},", column)) != std::string::npos;
}

std::string update_text(const table_spec& table, std::size_t parameter) {
  std::vector<std::string> assignments, same_row;
  for (const auto& c : table.columns)
    if (is_key(table, c.name))
      same_row.push_back(fmt::format("t.{0} = u.{0}", c.name));
    else
      assignments.push_back(fmt::format("{} = {}", c.name, value(c)));
  return fmt::format("UPDATE {} t SET {} FROM {} WHERE {} AND t.version = u.version - 1 RETURNING 1",
                     table.name, fmt::join(assignments, ", "), source(table, parameter),
                     fmt::join(same_row, " AND "));
}

/// Locks the rows against changes until this commits. If the lock waited for a change, PostgreSQL compares
/// again.
std::string compare_text(const table_spec& table, std::size_t parameter) {
  std::vector<std::string> same_row;
  for (const auto& c : table.columns)
    same_row.push_back(fmt::format("t.{} = {}", c.name, value(c)));
  return fmt::format("SELECT 1 FROM {} t JOIN {} ON {} FOR SHARE OF t", table.name, source(table, parameter),
                     fmt::join(same_row, " AND "));
}

std::string text_of(const table_spec& table, row_action action, std::size_t parameter) {
  switch (action) {
    case row_action::compare: return compare_text(table, parameter);
    case row_action::update: return update_text(table, parameter);
    case row_action::insert: break;
  }
  return insert_text(table, parameter);
}

/// The name of the rule in `journal.expect_rows`.
std::string guarded(const table_spec& table, row_action action) {
  return fmt::format("{}{}", table.name, action == row_action::compare ? " compared" : "");
}

/// One array literal per column, in the statement's parameter order.
void add_arrays(std::vector<std::string>& to, const std::vector<const row_write*>& rows) {
  auto columns = rows.front()->size();
  for (std::size_t c = 0; c < columns; ++c) {
    auto& literal = to.emplace_back("{");
    for (const auto* row : rows) {
      if (literal.size() > 1)
        literal += ',';
      literal += row->element(c);
    }
    literal += '}';
  }
}

void run(pqxx::connection& db, const std::string& statement, const std::vector<std::string>& arguments) {
  pqxx::nontransaction tx{db};
#if PQXX_VERSION_MAJOR >= 7
  pqxx::params parameters;
  parameters.append_multi(arguments);
  tx.exec_prepared(statement, parameters);
#else
  tx.exec_prepared(statement, pqxx::prepare::make_dynamic_params(arguments));
#endif
}

}  // namespace

std::string commit_batch::cte(const write_kind& kind, std::size_t index, std::size_t first_parameter) {
  return fmt::format("w{} AS ({})", index, text_of(*kind.table, kind.action, first_parameter));
}

std::string commit_batch::statement_text(const std::vector<write_kind>& kinds) {
  std::vector<std::string> ctes, checks;
  std::size_t parameter = 1;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    ctes.push_back(cte(kinds[i], i, parameter));
    if (kinds[i].action != row_action::insert)
      checks.push_back(
          fmt::format("journal.expect_rows((SELECT count(*) FROM w{}), cardinality(${}::uuid[]), '{}')", i,
                      parameter, guarded(*kinds[i].table, kinds[i].action)));
    parameter += kinds[i].table->columns.size();
  }
  return fmt::format("WITH {} SELECT {}", fmt::join(ctes, ", "),
                     checks.empty() ? "1" : fmt::format("{}", fmt::join(checks, ", ")));
}

const std::string& commit_batch::statement_for(pqxx::connection& db, const std::vector<rows_of_kind>& batch) {
  std::vector<write_kind> kinds;
  for (const auto& rows : batch)
    kinds.push_back(rows.kind);
  auto known = prepared_.find(kinds);
  if (known == prepared_.end()) {
    if (prepared_.size() >= most_prepared)
      forget_least_used(db);
    auto name = fmt::format("commit_{}", ++prepared_count_);
    db.prepare(name, statement_text(kinds));
    known = prepared_.emplace(std::move(kinds), prepared{std::move(name), 0}).first;
  }
  known->second.last_used = ++uses_;
  return known->second.name;
}

void commit_batch::forget_least_used(pqxx::connection& db) {
  auto oldest = std::min_element(prepared_.begin(), prepared_.end(), [](const auto& a, const auto& b) {
    return a.second.last_used < b.second.last_used;
  });
  auto name = oldest->second.name;
  prepared_.erase(oldest);
  db.unprepare(name);
}

void commit_batch::execute(pqxx::connection& db, std::span<const row_write* const> writes) {
  std::vector<rows_of_kind> batch;
  for (const auto* write : writes) {
    write_kind kind{&write->table(), write->action()};
    auto known = std::find_if(batch.begin(), batch.end(), [&](const auto& r) { return r.kind == kind; });
    if (known == batch.end())
      known = batch.insert(batch.end(), {kind, {}});
    known->rows.push_back(write);
  }
  if (batch.empty())
    return;
  // Sorted, so that one set of kinds is always one statement.
  std::sort(batch.begin(), batch.end(), [](const auto& a, const auto& b) {
    return std::tie(a.kind.table->name, a.kind.action) < std::tie(b.kind.table->name, b.kind.action);
  });
  const auto& statement = statement_for(db, batch);
  std::vector<std::string> arguments;
  for (const auto& rows : batch)
    add_arrays(arguments, rows.rows);
  run(db, statement, arguments);
}

}  // namespace musterd
