#pragma once

#include "common/process/socket_switch.hpp"
#include "persistence/sql/plan_renewal.hpp"

#include <atomic>
#include <chrono>
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

/// What to run, and what to call instead if there is no connection, it was lost, or the deadline passed.
/// Exactly one of the two runs to its end, on a thread of the pool; `failed` must be quick.
struct read_job {
  std::function<void(pqxx::transaction_base&)> run;
  std::function<void(const std::exception&)> failed;
};

struct read_lane_settings {
  std::string database_url;
  std::size_t threads = 1;
  std::size_t max_waiting = 4096;
  /// From submission to the end, waiting included.
  std::chrono::milliseconds deadline{5000};
  /// SQL for each new connection.
  std::string session;
};

/// Threads, each with a connection, that serve one queue first come, first served.
class read_lane {
 public:
  using clock = std::chrono::steady_clock;

  explicit read_lane(read_lane_settings settings);
  ~read_lane();

  /// False when the queue is full or the lane stopped; then neither callback runs.
  [[nodiscard]] bool submit(read_job job);

  /// Fails jobs that waited past their deadline and cuts the connections of those still running past it.
  /// Returns when something may be overdue next.
  clock::time_point end_overdue(clock::time_point now);
  /// Fails waiting jobs, cuts off running ones, and accepts no more.
  void stop();
  /// Call after `stop`: waits until no thread runs any more. False if one still does at the deadline.
  bool wait_until_ended(clock::time_point deadline);

  std::size_t waiting() const;
  std::uint64_t refused() const { return refused_; }
  std::uint64_t overdue() const { return overdue_; }

 private:
  struct entry {
    read_job job;
    clock::time_point submitted, deadline;
  };
  struct worker {
    std::unique_ptr<pqxx::connection> db;
    plan_renewal plans;
    /// When opening `db` began; cleared at its first use. A job submitted later may still find it broken.
    std::optional<clock::time_point> opened;

    // Guarded by the lane's mutex.
    socket_switch socket;
    std::optional<clock::time_point> running_until;
  };

  void serve(worker& w);
  bool wait_for_work();
  bool connect(worker& w);
  void switch_on(worker& w);
  void disconnect(worker& w);
  /// The first job in the queue, unless submitted after `submitted_by`.
  std::optional<entry> take(worker& w, clock::time_point submitted_by = clock::time_point::max());
  void perform(worker& w, entry& work);
  bool put_back(entry& work);

  const read_lane_settings settings_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<entry> waiting_;
  std::deque<worker> workers_;
  bool stopping_ = false;
  std::stop_source cut_;
  std::size_t serving_ = 0;
  std::condition_variable ended_;
  std::atomic<std::uint64_t> refused_ = 0, overdue_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace musterd
