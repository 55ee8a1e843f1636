#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace musterd {

/// Each lane has its own limit, so that a crowd in one never causes refusals in the other.
enum class worker_lane { familiar, stranger };

/// Puts this thread behind all others of this machine (nice(1)).
void step_back(int niceness);

/// A few threads for deliberately slow work (password hashes) and waits (keys). Bounded: excess work is
/// refused at once.
class worker_pool {
 public:
  /// `niceness`: how far the threads step back behind all others of this machine (nice(1)).
  worker_pool(std::size_t threads, std::size_t max_waiting_per_lane, int niceness = 0);
  /// Runs the work still queued, then stops.
  ~worker_pool();

  /// False if the lane is full; the work is not run then. Work must not throw.
  [[nodiscard]] bool submit(std::function<void()> work, worker_lane lane = worker_lane::familiar);

 private:
  void serve();
  std::deque<std::function<void()>>& next_lane();
  bool is_empty() const { return waiting_[0].empty() && waiting_[1].empty(); }

  std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::deque<std::function<void()>>, 2> waiting_;
  unsigned turn_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace musterd
