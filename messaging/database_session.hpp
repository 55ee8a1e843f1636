#pragma once

#include "common/process/interruption.hpp"
#include "persistence/sql/connection.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace musterd {

/// A connection that never comes back by itself: libpqxx 6 would reconnect in silence, and a session's
/// settings would be gone without anybody noticing.
std::unique_ptr<pqxx::connection> connect_database(const std::string& url, std::string_view application_name,
                                                   const std::stop_token& cut);
/// A transaction that is abandoned, with its connection, once the server has been silent this long.
struct limited_work {
  interruption::limit limit;
  pqxx::work tx;

  limited_work(pqxx::connection& db, interruption& on, std::chrono::milliseconds silence)
      : limit{on, silence}, tx{db} {}
};

/// Whether `error` means that the database is away, and says nothing about the statement or its data.
bool is_infrastructure(const std::exception& error, const pqxx::connection& connection);
/// Deadlock or serialization failure: an immediate retry may succeed.
bool is_collision(const std::exception& error);

/// Runs `sql` with parameters from `$1` on.
template <class... Args>
pqxx::result query(pqxx::transaction_base& tx, const std::string& sql, Args&&... args) {
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
  return tx.exec(sql, pqxx::params{std::forward<Args>(args)...});
#else
  return tx.exec_params(sql, std::forward<Args>(args)...);
#endif
}

/// Bytes as PostgreSQL's hex input for `$n::bytea`.
std::string bytea_text(std::string_view bytes);

}  // namespace musterd
