#pragma once

#include <pqxx/pqxx>

#include <string>
#include <vector>

namespace musterd {

/// Runs composed or rare SQL with text parameters from `$1` on. For frequent SQL use `statement`.
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
