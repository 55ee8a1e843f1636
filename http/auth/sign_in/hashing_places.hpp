#pragma once

#include "common/fault.hpp"
#include "common/text/uuid.hpp"
#include "http/auth/limits/guess_counters.hpp"
#include "http/auth/sign_in/recent_map.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace musterd {

/// How much of the hashing threads' queue those may take who are signed in and set passwords: a few places
/// each, a company no more than are left for all others, and fewer all together than the lane has that they
/// share with sign-ins. Thread-safe.
class hashing_places {
 public:
  static constexpr int most_of_a_caller = 4, most_of_all = 32;
  /// One's own password is compared or changed so often, whatever comes of it.
  static constexpr guess_budget::limits own_passwords{30, std::chrono::hours{1}};

  /// Free again when it goes.
  using place = std::shared_ptr<void>;

  /// Faults: TOO_MANY_REQUESTS for a caller or a company that has theirs, BUSY when all are taken.
  outcome<place> take(tenant_uuid company, uuid caller) const;

  /// Before anything is done about the caller's own password. Fault: TOO_MANY_REQUESTS.
  outcome<void> count_own(uuid caller, timestamp now) const;
  /// A place for what was counted, which it is no longer if there is none.
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
