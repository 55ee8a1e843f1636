#pragma once

#include "common/time/time.hpp"

/// How guesses are counted. Pure: values and the time go in, the wait comes out.
namespace musterd {

/// Failures of one (user, address), or of one address. Attempts under way count as failures: simultaneous
/// ones get no further than sequential ones.
class failure_counter {
 public:
  struct limits {
    /// Failures without a wait: typing errors.
    int free = 5;
    /// The wait after the first failure beyond `free`; doubles with each further one.
    std::chrono::seconds first_wait{1};
    std::chrono::seconds longest_wait{900};
    /// All failures are forgotten after this long without one.
    std::chrono::seconds memory{3600};
    /// One failure is forgotten each time this has passed; 0 for never.
    std::chrono::seconds one_forgotten_in{0};
    /// Attempts allowed under way at once, minus failures, but at least one; 0 means `free` + 1.
    int at_once = 0;
  };

  /// How long to wait after earlier failures; zero for not at all.
  std::chrono::seconds wait(const limits& l, timestamp now);
  /// The same, but at least a second while too many attempts are under way.
  std::chrono::seconds wait_to_begin(const limits& l, timestamp now);
  void begin() { ++under_way_; }
  void end() { under_way_ -= under_way_ > 0; }
  void fail(const limits& l, timestamp now);
  void forget() { failures_ = 0, blocked_until_ = {}; }
  /// Whether there is nothing to remember.
  bool is_blank() const { return under_way_ == 0 && failures_ == 0; }

 private:
  void keep_up(const limits& l, timestamp now);

  int failures_ = 0;
  int under_way_ = 0;
  timestamp last_failure_{};
  timestamp one_forgotten_at_{};
  timestamp blocked_until_{};
};

/// Allows this many guesses at once, refilled over the given time: for one user, from all addresses together.
class guess_budget {
 public:
  struct limits {
    int guesses = 100;
    std::chrono::seconds refilled_in{3600};
  };

  std::chrono::seconds wait(const limits& l, timestamp now);
  void spend(const limits& l, timestamp now);
  /// The guess was not wrong after all.
  void give_back(const limits& l) { full_at_ -= price(l); }

 private:
  static std::chrono::microseconds price(const limits& l) {
    return std::chrono::microseconds{l.refilled_in} / l.guesses;
  }

  /// As in `failure_counter`, for a clock that was set back.
  void keep_up(timestamp now);

  timestamp full_at_{};
  timestamp last_spent_{};
};

}  // namespace musterd
