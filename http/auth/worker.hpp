#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace musterd {

/// A few threads for work that is slow on purpose (password hashes) or waits for others (keys). Bounded: what
/// does not fit is refused at once.
class worker_pool {
 public:
  worker_pool(std::size_t threads, std::size_t max_waiting);
  /// Runs what waits, then stops.
  ~worker_pool();

  /// False when too much waits already; the work is not run then. Work must not throw.
  [[nodiscard]] bool submit(std::function<void()> work);

 private:
  void serve();

  std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace musterd
