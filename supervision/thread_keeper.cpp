#include "supervision/thread_keeper.hpp"

#include <algorithm>

namespace musterd {

thread_keeper::~thread_keeper() {
  for (auto& kept : threads_)
    kept.thread.join();
}

void thread_keeper::start(std::function<void()> run) {
  std::lock_guard lock{mutex_};
  join_ended();
  auto& started = threads_.emplace_back();
  try {
    started.thread = std::thread{[this, &started, run = std::move(run)]() mutable {
      run();
      run = nullptr;  // release what it holds before it counts as ended
      std::lock_guard ending{mutex_};
      started.ended = true;
      changed_.notify_all();
    }};
  } catch (...) {
    threads_.pop_back();
    throw;
  }
}

bool thread_keeper::wait_until(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  return changed_.wait_until(lock, deadline, [this] {
    return std::all_of(threads_.begin(), threads_.end(), [](const kept& k) { return k.ended; });
  });
}

/// They only have to return.
void thread_keeper::join_ended() {
  std::erase_if(threads_, [](kept& k) {
    if (k.ended)
      k.thread.join();
    return k.ended;
  });
}

}  // namespace musterd
