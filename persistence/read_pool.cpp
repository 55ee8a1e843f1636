#include "persistence/read_pool.hpp"

#include "persistence/connection.hpp"
#include "persistence/statement.hpp"

namespace musterd {
namespace {

std::unique_ptr<pqxx::connection> open_for_reading(const std::string& url) {
  auto db = open_connection(url, "SET statement_timeout = '4s'; SET default_transaction_read_only = on");
  prepare_statements(*db);
  return db;
}

void close(std::unique_ptr<pqxx::connection>& db) {
  forget_prepared_connections();
  db.reset();
}

}  // namespace

read_pool::read_pool(std::string database_url, std::size_t threads, std::size_t max_waiting)
    : url_{std::move(database_url)}, max_waiting_{max_waiting} {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { serve(); });
}

read_pool::~read_pool() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
}

bool read_pool::submit(job work) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= max_waiting_)
      return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void read_pool::serve() {
  std::unique_ptr<pqxx::connection> db;
  plan_renewal plans;
  for (;;) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    perform(db, plans, work);
  }
}

void read_pool::perform(std::unique_ptr<pqxx::connection>& db, plan_renewal& plans, const job& work) {
  // A connection that broke while it was idle shows only at its next use: hence one more try with a new one.
  for (bool fresh = false;;) {
    try {
      if (!db || !db->is_open()) {
        fresh = true;
        close(db);
        db = open_for_reading(url_);
      }
      plans.before_use(*db);
      pqxx::nontransaction tx{*db};
      return work.run(tx);
    } catch (const pqxx::broken_connection& e) {
      close(db);
      if (fresh)
        return work.failed(e);
    } catch (const std::exception& e) {
      if (db && !db->is_open())
        close(db);
      return work.failed(e);
    }
  }
}

}  // namespace musterd
