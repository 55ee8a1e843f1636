#pragma once

#include "common/time.hpp"

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
  };

  /// Until an attempt may begin; zero for now.
  std::chrono::seconds wait(const limits& l, timestamp now);
  void begin() { ++under_way_; }
  void end() { under_way_ -= under_way_ > 0; }
  void fail(const limits& l, timestamp now);
  void forget() { failures_ = 0, blocked_until_ = {}; }
  /// Nothing to remember.
  bool is_blank() const { return under_way_ == 0 && failures_ == 0; }

 private:
  void forget_old(const limits& l, timestamp now);

  int failures_ = 0;
  int under_way_ = 0;
  timestamp last_failure_{};
  timestamp blocked_until_{};
};

/// So many guesses at once, and as many again in the time it takes to refill: for one user, whoever guesses.
class guess_budget {
 public:
  struct limits {
    int guesses = 100;
    std::chrono::seconds refilled_in{3600};
  };

  std::chrono::seconds wait(const limits& l, timestamp now) const;
  void spend(const limits& l, timestamp now);
  /// It was no wrong guess after all.
  void give_back(const limits& l) { full_at_ -= price(l); }

 private:
  static std::chrono::microseconds price(const limits& l) {
    return std::chrono::microseconds{l.refilled_in} / l.guesses;
  }

  timestamp full_at_{};
};

}  // namespace musterd
