#pragma once

#include "common/fault.hpp"
#include "common/text/uuid.hpp"
#include "http/auth/limits/guess_counters.hpp"
#include "http/auth/sign_in/recent_map.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace musterd {

/// Limits signed-in callers' share of the hashing queue: a few places each, a company no more than are left
/// for all others, in total fewer than the lane shared with sign-ins has. Thread-safe.
class hashing_places {
 public:
  static constexpr int most_of_a_caller = 4, most_of_all = 32;
  /// How often a caller's own password may be compared or changed, whatever the outcome.
  static constexpr guess_budget::limits own_passwords{30, std::chrono::hours{1}};

  /// Freed on destruction.
  using place = std::shared_ptr<void>;

  /// Faults: TOO_MANY_REQUESTS if the caller or company has used up theirs, BUSY if all are taken.
  outcome<place> take(tenant_uuid company, uuid caller) const;

  /// To be called before any work on the caller's own password. Fault: TOO_MANY_REQUESTS.
  outcome<void> count_own(uuid caller, timestamp now) const;
  /// A place for an attempt counted by `count_own`; if there is none, the attempt no longer counts.
  outcome<place> take_own(tenant_uuid company, uuid caller) const;

 private:
  using counts = std::unordered_map<uuid, int>;
  struct taken_places {
    std::mutex mutex;
    counts of_callers, of_companies;
    int all = 0;
    recent_map<guess_budget> own{100'000};
  };
  static int count_of(const counts& in, const uuid& of);
  static void give_back(counts& in, const uuid& of);

  std::shared_ptr<taken_places> taken_ = std::make_shared<taken_places>();
};

}  // namespace musterd
