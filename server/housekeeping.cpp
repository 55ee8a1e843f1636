#include "server/housekeeping.hpp"

#include "common/log.hpp"
#include "persistence/connection.hpp"

#include <condition_variable>
#include <mutex>

namespace musterd {
namespace {

constexpr std::chrono::milliseconds probe_interval{1000};

}  // namespace

housekeeping::housekeeping(std::string database_url, std::vector<chore> chores)
    : url_{std::move(database_url)} {
  // At once, too: a server that just came back shows its figures from the start.
  for (auto& c : chores)
    chores_.push_back({std::move(c), std::chrono::steady_clock::now()});
}

void housekeeping::run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock{mutex};
  while (!stop.stop_requested()) {
    try {
      turn();
      database_up_ = true;
    } catch (const std::exception& e) {
      if (database_up_.exchange(false))
        log::error({"housekeeping", "database_down"}, "{}", e.what());
      db_.reset();
    }
    changed.wait_for(lock, stop, probe_interval, [] { return false; });
  }
  db_.reset();
}

void housekeeping::turn() {
  if (!db_ || !db_->is_open())
    db_ = open_connection(url_, "SET statement_timeout = '10s'");
  pqxx::nontransaction tx{*db_};
  tx.exec("SELECT 1");
  auto now = std::chrono::steady_clock::now();
  for (auto& c : chores_)
    if (c.due <= now) {
      c.due = now + c.what.every;
      c.what.run(tx);
    }
}

}  // namespace musterd
