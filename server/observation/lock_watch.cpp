#include "server/observation/lock_watch.hpp"

#include "common/observation/log.hpp"
#include "common/process/interruption.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/dynamic_query.hpp"

namespace musterd {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto before_it_looks = 2s, between_looks = 5s;

constexpr auto who_holds_it = R"(
  SELECT b.pid, coalesce(a.usename, '?'), coalesce(a.application_name, '?')
  FROM unnest(pg_blocking_pids($1::integer)) b(pid) LEFT JOIN pg_stat_activity a USING (pid))";

}  // namespace

lock_watch::lock_watch(std::string database_url, const pqxx::connection& watched)
    : url_{std::move(database_url)}, pid_{watched.backendpid()},
      thread_{[this](const std::stop_token& stop) { run(stop); }} {}

void lock_watch::run(const std::stop_token& stop) const {
  sleep_until(stop, clock::now() + before_it_looks);
  std::unique_ptr<pqxx::connection> db;
  while (!stop.stop_requested()) {
    try {
      if (!db)
        db = open_connection(url_, "SET statement_timeout = '2s'", stop);
      look(*db);
    } catch (const std::exception& e) {
      log::warn({"server", "lock_watch_failed"}, "{}", e.what());
      db.reset();
    }
    sleep_until(stop, clock::now() + between_looks);
  }
}

void lock_watch::look(pqxx::connection& db) const {
  pqxx::nontransaction tx{db};
  for (const auto& row : run_query(tx, who_holds_it, {std::to_string(pid_)}))
    log::warn({"server", "waiting_for_lock"}, "waiting for a lock of session {} ({} of the role {})",
              row[0].c_str(), row[2].c_str(), row[1].c_str());
}

}  // namespace musterd
