#include "domain/kernel/record_changed.hpp"

namespace musterd {

fault record_is_stale() {
  auto stale = unavailable("The record was changed elsewhere and is read again; nothing was changed.");
  stale.code = record_changed;
  return stale;
}

fault company_is_stale() {
  auto stale = unavailable("The company was changed elsewhere and is read again; nothing was changed.");
  stale.code = company_changed;
  return stale;
}

fault caller_is_stale() {
  auto stale =
      unavailable("Your own record was changed elsewhere and is read again; nothing was changed. Try again.");
  stale.code = caller_changed;
  return stale;
}

fault caller_is_asleep() {
  auto asleep = unavailable("Who asks could not be looked up; try again.");
  asleep.code = caller_asleep;
  return asleep;
}

}  // namespace musterd
