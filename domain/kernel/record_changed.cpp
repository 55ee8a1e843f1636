#include "domain/kernel/record_changed.hpp"

namespace musterd {
namespace {

/// A transient fault with a code of its own.
fault passing(std::string_view code, std::string message) {
  auto result = unavailable(std::move(message));
  result.code = code;
  return result;
}

}  // namespace

fault record_is_stale() {
  return passing(record_changed, "The record was changed elsewhere and is read again; nothing was changed.");
}

fault company_is_stale() {
  return passing(company_changed,
                 "The company was changed elsewhere and is read again; nothing was changed.");
}

fault caller_is_stale() {
  return passing(caller_changed,
                 "Your own record was changed elsewhere and is read again; nothing was changed. Try again.");
}

fault caller_is_asleep() {
  return passing(caller_asleep, "Who asks could not be looked up; try again.");
}

}  // namespace musterd
