#pragma once

#include "common/fault.hpp"
#include "common/text/uuid.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace musterd {

/// How much of the hashing threads' queue those may take who are signed in and set passwords: a few places
/// each, and fewer all together than the lane has that they share with sign-ins. Thread-safe.
class hashing_places {
 public:
  static constexpr int most_of_a_caller = 4, most_of_all = 32;

  /// Free again when it goes.
  using place = std::shared_ptr<void>;

  /// Faults: TOO_MANY_REQUESTS for a caller who has theirs, BUSY when all are taken.
  outcome<place> take(uuid caller) const;

 private:
  struct taken_places {
    std::mutex mutex;
    std::unordered_map<uuid, int> of_callers;
    int all = 0;
  };
  std::shared_ptr<taken_places> taken_ = std::make_shared<taken_places>();
};

}  // namespace musterd
