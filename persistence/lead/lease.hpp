#pragma once

#include "common/time/boot_clock.hpp"
#include "domain/kernel/lease.hpp"

#include <atomic>
#include <stdexcept>

namespace musterd {

/// Another server may do what this one did a moment ago.
struct lease_lost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How long a lease lasts is the database's to say. The holder counts from before it asked, on a clock that
/// goes on while it sleeps, and stops a little early, because clocks run at different speeds.
struct lease_times {
  std::chrono::milliseconds lasts{3000}, renewed_every{600}, margin{300};
};

/// A role that is ours for a while, and again and again while `lease_keeper` renews it. Thread-safe.
class lease {
 public:
  using instant = boot_clock::time_point;

  lease(lease_term term, std::chrono::milliseconds longest_silence, instant good_until)
      : term_{std::move(term)}, longest_silence_{longest_silence}, good_until_{good_until},
        heard_{boot_clock::now()} {}

  const lease_term& term() const { return term_; }
  /// Asked again and again by whoever leads: a lease that nobody has asked for in `longest_silence` is
  /// renewed no more, because its holder hangs.
  bool holds() {
    auto now = boot_clock::now();
    heard_ = now;
    return now < good_until_.load();
  }

 private:
  friend class lease_keeper;

  lease_term term_;
  std::chrono::milliseconds longest_silence_;
  std::atomic<instant> good_until_, heard_;
};

}  // namespace musterd
