#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>

namespace musterd {

/// SIGINT or SIGTERM, and the promise that the process ends in time once it was asked to: whatever its end
/// waits for then, a second after the grace it is over (decision 0019).
class stop_request {
 public:
  /// To be called before any thread is started: each inherits that these signals are not its to take.
  static stop_request& of_process();

  /// Until now a signal ended the process at once, with 0: nothing had been acknowledged.
  void server_has_started() { started_ = true; }
  /// From inside, and for want of something that cannot be had.
  void give_up();
  bool given_up() const { return given_up_; }
  void wait() { asked_.get_future().wait(); }
  /// How long the end may take.
  std::chrono::milliseconds grace() const;

 private:
  stop_request();
  void watch();

  sigset_t signals_;
  std::promise<void> asked_;
  std::atomic<bool> started_{false}, given_up_{false};
};

}  // namespace musterd
