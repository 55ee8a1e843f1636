#pragma once

#include "domain/kernel/commit.hpp"

#include <pqxx/pqxx>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace musterd {

/// Writes the rows of many commit units as one statement: one transaction, one round trip.
///
/// It has a CTE per kind of write (new rows of a table, next versions, versions that must not have changed),
/// each with an array per column. Statements are prepared per set of kinds and connection; beyond a limit the
/// least recently used are dropped.
class commit_batch {
 public:
  /// Throws what libpqxx throws, with nothing written. A failed version guard is a pqxx::sql_error naming
  /// "version_conflict".
  void execute(pqxx::connection& db, std::span<const row_write* const> writes);

  /// Prepared statements vanish with their connection.
  void forget_statements() { prepared_.clear(); }

 private:
  struct write_kind {
    const table_spec* table;
    row_action action;
    friend auto operator<=>(const write_kind&, const write_kind&) = default;
  };
  struct rows_of_kind {
    write_kind kind;
    std::vector<const row_write*> rows;
  };
  static std::string cte(const write_kind& kind, std::size_t index, std::size_t first_parameter);
  static std::string statement_text(const std::vector<write_kind>& kinds);
  const std::string& statement_for(pqxx::connection& db, const std::vector<rows_of_kind>& batch);

  void forget_least_used(pqxx::connection& db);

  struct prepared {
    std::string name;
    std::uint64_t last_used;
  };
  std::map<std::vector<write_kind>, prepared> prepared_;
  std::uint64_t prepared_count_ = 0, uses_ = 0;
};

}  // namespace musterd
