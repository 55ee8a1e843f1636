#pragma once

#include "persistence/plan_renewal.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace musterd {

/// Threads with a connection each that run loaders and queries, first come, first served.
class read_pool {
 public:
  /// What to run, and what to run instead when there is no connection or it was lost. Both are called on a
  /// pool thread, exactly one of them to its end.
  struct job {
    std::function<void(pqxx::transaction_base&)> run;
    std::function<void(const std::exception&)> failed;
  };

  read_pool(std::string database_url, std::size_t threads, std::size_t max_waiting);
  /// Runs what waits, then stops.
  ~read_pool();

  /// False when too many wait already; nothing will be called then.
  [[nodiscard]] bool submit(job work);

 private:
  void serve();
  void perform(std::unique_ptr<pqxx::connection>& db, plan_renewal& plans, const job& work);

  std::string url_;
  std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> waiting_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace musterd
