#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>

namespace musterd {

/// Handles SIGINT and SIGTERM, and guarantees that the process then ends in time: whatever shutdown waits
/// for, it is over a second after the grace (decision 0019).
class stop_request {
 public:
  /// Call before starting any thread: all inherit that these signals are blocked.
  static stop_request& of_process();

  /// Before this a signal ends the process at once, with 0: nothing has been acknowledged yet.
  void server_has_started() { started_ = true; }
  /// Stops from inside, for lack of something that cannot be had.
  void give_up();
  bool given_up() const { return given_up_; }
  void wait() { asked_.get_future().wait(); }
  /// How long shutdown may take.
  std::chrono::milliseconds grace() const;

 private:
  stop_request();
  void watch();

  sigset_t signals_;
  std::promise<void> asked_;
  std::atomic<bool> started_{false}, given_up_{false};
};

}  // namespace musterd
