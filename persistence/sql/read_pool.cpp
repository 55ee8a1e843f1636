#include "persistence/sql/read_pool.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Lists are planned for their actual filters: a generic plan would mostly walk whole tables. None takes more
/// than one of the processors that commands need.
read_lane_settings lane_for(const read_pool_settings& s, read_use use) {
  bool list = use == read_use::list;
  // The server gives up a little before we cut the connection, which costs a new one.
  auto statement_ms = std::max<std::int64_t>(s.deadline.count() * 4 / 5, 1);
  return {
      s.database_url, list ? s.list_threads : s.command_threads, list ? s.max_waiting_lists : s.max_waiting,
      s.deadline,
      fmt::format("SET application_name = 'musterd {}'; SET statement_timeout = {}; "
                  "SET default_transaction_read_only = on;{}",
                  list ? "lists" : "reads", statement_ms,
                  list ? " SET plan_cache_mode = force_custom_plan; SET max_parallel_workers_per_gather = 0"
                       : "")};
}

}  // namespace

read_pool::read_pool(const read_pool_settings& settings)
    : lanes_{read_lane{lane_for(settings, read_use::command)}, read_lane{lane_for(settings, read_use::list)}},
      watchdog_{[this] { watch(); }} {}

read_pool::~read_pool() {
  stop();
}

void read_pool::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stopped_.notify_all();
  for (auto& lane : lanes_)
    lane.stop();
}

bool read_pool::wait_until_ended(read_lane::clock::time_point deadline) {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [&](auto& lane) { return lane.wait_until_ended(deadline); });
}

void read_pool::watch() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    lock.unlock();
    auto now = read_lane::clock::now();
    auto next = read_lane::clock::time_point::max();
    for (auto& lane : lanes_)
      next = std::min(next, lane.end_overdue(now));
    lock.lock();
    stopped_.wait_until(lock, next, [&] { return stopping_; });
  }
}

}  // namespace musterd
