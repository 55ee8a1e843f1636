#pragma once

#include <chrono>
#include <thread>

namespace musterd::testing {

/// Whether `condition` becomes true within `limit`. Polls every few milliseconds, so that tests never sleep
/// for luck.
template <class Condition>
bool becomes_true(std::chrono::milliseconds limit, Condition&& condition,
                  std::chrono::milliseconds pause = std::chrono::milliseconds{10}) {
  auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace musterd::testing
