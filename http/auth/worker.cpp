#include "http/auth/worker.hpp"

namespace musterd {

worker_pool::worker_pool(std::size_t threads, std::size_t max_waiting) : max_waiting_{max_waiting} {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { serve(); });
}

worker_pool::~worker_pool() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
}

bool worker_pool::submit(std::function<void()> work) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= max_waiting_)
      return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void worker_pool::serve() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before it waits again
    lock.lock();
  }
}

}  // namespace musterd
