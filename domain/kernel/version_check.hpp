#pragma once

#include "common/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// Fault code: the stored row is not at the version before the one to be written.
inline constexpr std::string_view version_conflict = "VERSION_CONFLICT";
inline constexpr std::string_view changed_meanwhile = "It was changed by somebody else in the meantime.";

/// Optimistic locking (D-10): a stale version in the body is 409, in If-Match 412. Naming neither is allowed.
inline outcome<void> check_version(std::int64_t current, std::optional<std::int64_t> in_body,
                                   std::optional<std::int64_t> in_if_match) {
  if (in_if_match && *in_if_match != current)
    return fault{fault_kind::precondition_failed,
                 "PRECONDITION_FAILED",
                 "It has another version than If-Match says.",
                 {},
                 {},
                 {}};
  if (in_body && *in_body != current)
    return conflict(std::string{version_conflict}, std::string{changed_meanwhile});
  return boost::system::in_place_value;
}

}  // namespace musterd
