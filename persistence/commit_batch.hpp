#pragma once

#include "domain/commit.hpp"

#include <pqxx/pqxx>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace musterd {

/// Writes many commit units as one statement, which is one transaction and one round trip.
///
/// The statement has a CTE per table in the batch; rows travel as one JSON array per table. Statements are prepared
/// once per set of tables on their connection.
class commit_batch {
 public:
  /// Throws what libpqxx throws; nothing is written then. A version guard that does not hold is a
  /// pqxx::sql_error naming "version_conflict".
  void execute(pqxx::connection& db, std::span<const commit_unit* const> units);

  /// Prepared statements are gone with their connection.
  void forget_statements() { prepared_.clear(); }

 private:
  struct table_rows {
    const table_spec* table;
    std::string json = "[";
    std::int64_t count = 0;
  };
  const std::string& statement_for(pqxx::connection& db, const std::vector<table_rows>& tables);

  std::map<std::vector<const table_spec*>, std::string> prepared_;
};

}  // namespace musterd
