#include "http/auth/sign_in/worker.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace musterd {
namespace {

/// Strangers get one turn in this many even if familiar work never stops.
constexpr unsigned strangers_turn = 4;

}  // namespace

/// On Linux, niceness is per thread. If it cannot be set, the work is done anyway.
void step_back(int niceness) {
  if (niceness > 0)
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
}

worker_pool::worker_pool(std::size_t threads, std::size_t max_waiting_per_lane, int niceness)
    : max_waiting_{max_waiting_per_lane} {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this, niceness] {
      step_back(niceness);
      serve();
    });
}

worker_pool::~worker_pool() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
}

bool worker_pool::submit(std::function<void()> work, worker_lane lane) {
  {
    std::lock_guard lock{mutex_};
    auto& waiting = waiting_[static_cast<std::size_t>(lane)];
    if (stopping_ || waiting.size() >= max_waiting_)
      return false;
    waiting.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

std::deque<std::function<void()>>& worker_pool::next_lane() {
  auto& [familiar, strangers] = waiting_;
  bool turn_of_strangers = ++turn_ % strangers_turn == 0;
  return familiar.empty() || (turn_of_strangers && !strangers.empty()) ? strangers : familiar;
}

void worker_pool::serve() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !is_empty(); });
    if (is_empty())
      return;
    auto& lane = next_lane();
    auto work = std::move(lane.front());
    lane.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // release what it holds before waiting again
    lock.lock();
  }
}

}  // namespace musterd
