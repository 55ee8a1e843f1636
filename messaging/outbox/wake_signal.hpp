#pragma once

#include <chrono>

namespace musterd {

/// Lets one thread sleep on a socket and on other threads' calls at once.
class wake_signal {
 public:
  wake_signal();
  ~wake_signal();
  wake_signal(const wake_signal&) = delete;
  wake_signal& operator=(const wake_signal&) = delete;

  /// Thread-safe; several calls before the sleeper looks count once.
  void raise();
  /// Whether it was raised since the last call.
  bool take();
  /// Sleeps until raised, until `other` (-1: none) is readable, or for `timeout`.
  void sleep(int other, std::chrono::milliseconds timeout) const;

 private:
  int descriptor_;
};

}  // namespace musterd
