#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>

namespace musterd {

/// Keeps two threads from running one object: a restarted supervisor's new thread waits for an old one that
/// may still be finishing. If stopped first, it gets no lock.
inline std::unique_lock<std::timed_mutex> sole_run(std::timed_mutex& of, const std::stop_token& stop) {
  std::unique_lock lock{of, std::defer_lock};
  while (!stop.stop_requested() && !lock.try_lock_for(std::chrono::milliseconds{20})) {
  }
  return lock;
}

}  // namespace musterd
