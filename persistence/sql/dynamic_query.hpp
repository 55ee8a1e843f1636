#pragma once

#include <pqxx/pqxx>

#include <string>
#include <vector>

namespace musterd {

/// Runs SQL that is put together or rare with text parameters; `$1` is the first. What is run often is a
/// `statement`.
inline pqxx::result run_query(pqxx::transaction_base& tx, const std::string& sql,
                              const std::vector<std::string>& parameters) {
#if PQXX_VERSION_MAJOR >= 7
  pqxx::params all;
  all.append_multi(parameters);
  return tx.exec_params(sql, all);
#else
  return tx.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
#endif
}

}  // namespace musterd
