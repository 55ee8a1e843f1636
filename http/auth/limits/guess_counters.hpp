#pragma once

#include "common/time/time.hpp"

/// How guesses are counted: values and the time go in, how long to wait comes out.
namespace musterd {

/// Failures of one (user, address), or of one address. An attempt under way counts as one that fails: those
/// that come together get no further than one after another.
class failure_counter {
 public:
  struct limits {
    /// Failures that cost nothing: typing errors.
    int free = 5;
    /// The wait after the first failure too many; doubles with each one more.
    std::chrono::seconds first_wait{1};
    std::chrono::seconds longest_wait{900};
    /// Failures are forgotten when there was none for this long.
    std::chrono::seconds memory{3600};
    /// One failure is forgotten each time this has passed; 0 for none.
    std::chrono::seconds one_forgotten_in{0};
    /// Attempts under way at once, less the failures; 0 for one more than is free.
    int at_once = 0;
  };

  /// How long what failed before has to be waited for; zero for not at all.
  std::chrono::seconds wait(const limits& l, timestamp now);
  /// The same, and a second while too many attempts are under way.
  std::chrono::seconds wait_to_begin(const limits& l, timestamp now);
  void begin() { ++under_way_; }
  void end() { under_way_ -= under_way_ > 0; }
  void fail(const limits& l, timestamp now);
  void forget() { failures_ = 0, blocked_until_ = {}; }
  /// Nothing to remember.
  bool is_blank() const { return under_way_ == 0 && failures_ == 0; }

 private:
  void keep_up(const limits& l, timestamp now);

  int failures_ = 0;
  int under_way_ = 0;
  timestamp last_failure_{};
  timestamp one_forgotten_at_{};
  timestamp blocked_until_{};
};

/// So many guesses at once, and as many again in the time it takes to refill: for one user, whoever guesses.
class guess_budget {
 public:
  struct limits {
    int guesses = 100;
    std::chrono::seconds refilled_in{3600};
  };

  std::chrono::seconds wait(const limits& l, timestamp now);
  void spend(const limits& l, timestamp now);
  /// It was no wrong guess after all.
  void give_back(const limits& l) { full_at_ -= price(l); }

 private:
  static std::chrono::microseconds price(const limits& l) {
    return std::chrono::microseconds{l.refilled_in} / l.guesses;
  }

  /// As `failure_counter`, after a clock was set back.
  void keep_up(timestamp now);

  timestamp full_at_{};
  timestamp last_spent_{};
};

}  // namespace musterd
