#include "domain/person/account/credential.hpp"

#include "domain/kernel/record_changed.hpp"

namespace musterd {

outcome<void> check_compared(const person_state& state, std::int64_t compared_version,
                             const known_fault& changed) {
  if (compared_version > state.credential_version)
    return record_is_stale();
  if (compared_version < state.credential_version)
    return changed;
  return boost::system::in_place_value;
}

}  // namespace musterd
