#include "http/auth/sign_in/hashing_places.hpp"

namespace musterd {

outcome<hashing_places::place> hashing_places::take(uuid caller) const {
  std::lock_guard lock{taken_->mutex};
  if (taken_->all >= most_of_all)
    return busy("Too many passwords at once.");
  auto& of_caller = taken_->of_callers[caller];
  if (of_caller >= most_of_a_caller)
    return fault{fault_kind::too_many_requests,
                 "TOO_MANY_REQUESTS",
                 "Too many passwords at once; wait for the answers.",
                 {},
                 {},
                 1};
  ++of_caller;
  ++taken_->all;
  return place{nullptr, [taken = taken_, caller](void*) {
                 std::lock_guard giving_back{taken->mutex};
                 --taken->all;
                 if (auto found = taken->of_callers.find(caller); --found->second == 0)
                   taken->of_callers.erase(found);
               }};
}

}  // namespace musterd
