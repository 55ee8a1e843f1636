#pragma once

#include "common/known_fault.hpp"

#include <cstdint>
#include <optional>

namespace musterd {

/// The stored row is not at the version before the one to be written.
inline constexpr auto version_conflict =
    conflict("VERSION_CONFLICT", "It was changed by somebody else in the meantime.");
inline constexpr known_fault precondition_failed{fault_kind::precondition_failed, "PRECONDITION_FAILED",
                                                 "It has another version than If-Match says."};

/// Optimistic locking (D-10): a stale version in the body is 409, in If-Match 412. Naming neither is allowed.
inline outcome<void> check_version(std::int64_t current, std::optional<std::int64_t> in_body,
                                   std::optional<std::int64_t> in_if_match) {
  if (in_if_match && *in_if_match != current)
    return precondition_failed;
  if (in_body && *in_body != current)
    return version_conflict;
  return boost::system::in_place_value;
}

}  // namespace musterd
