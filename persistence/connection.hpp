#pragma once

#include <pqxx/pqxx>

#include <memory>
#include <string>

namespace musterd {

/// A connection that, once lost, stays lost. libpqxx 6 would otherwise connect again in the middle and
/// repeat, and nobody could tell any more what was done. `settings` is SQL that is run first.
inline std::unique_ptr<pqxx::connection> open_connection(const std::string& url,
                                                         const std::string& settings) {
  auto db = std::make_unique<pqxx::connection>(url);
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  db->inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  pqxx::nontransaction{*db}.exec(settings);
  return db;
}

}  // namespace musterd
