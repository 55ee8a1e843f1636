#include "http/transport/tls/handshake_worker.hpp"

#include "http/auth/sign_in/worker.hpp"

#include <algorithm>

namespace musterd {

handshake_worker::handshake_worker(int niceness)
    : thread_{[this, niceness] {
        step_back(niceness);
        serve();
      }} {}

handshake_worker::~handshake_worker() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
}

void handshake_worker::submit(const std::string& network, const void* whose, std::function<void()> step) {
  {
    std::lock_guard lock{mutex_};
    auto [at, is_new] = by_network_.try_emplace(network);
    if (is_new)
      at->second = lines_.insert(lines_.end(), {network, {}});
    at->second->steps.push_back({whose, std::move(step)});
  }
  changed_.notify_one();
}

bool handshake_worker::take_back(const std::string& network, const void* whose) {
  std::function<void()> taken;  // destroyed after the lock is released
  std::lock_guard lock{mutex_};
  auto at = by_network_.find(network);
  if (at == by_network_.end())
    return false;
  auto& steps = at->second->steps;
  auto found = std::ranges::find(steps, whose, &waiting::whose);
  if (found == steps.end())
    return false;
  taken = std::move(found->step);
  steps.erase(found);
  if (steps.empty()) {
    lines_.erase(at->second);
    by_network_.erase(at);
  }
  return true;
}

std::function<void()> handshake_worker::next() {
  auto first = lines_.begin();
  auto step = std::move(first->steps.front().step);
  first->steps.pop_front();
  if (first->steps.empty()) {
    by_network_.erase(first->network);
    lines_.erase(first);
  } else {
    lines_.splice(lines_.end(), lines_, first);
  }
  return step;
}

void handshake_worker::serve() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !lines_.empty(); });
    if (stopping_)
      return;
    auto step = next();
    lock.unlock();
    step();
    step = nullptr;  // release what it holds before waiting again
    lock.lock();
  }
}

}  // namespace musterd
