#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace musterd {

/// The supervised threads. They may outlive their actors, but not what they use: check here before destroying
/// that.
class thread_keeper {
 public:
  /// Waits for all.
  ~thread_keeper();

  void start(std::function<void()> run);
  /// False if some still run at `deadline`.
  bool wait_until(std::chrono::steady_clock::time_point deadline);

 private:
  struct kept {
    std::thread thread;
    bool ended = false;
  };

  void join_ended();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<kept> threads_;
};

}  // namespace musterd
