#pragma once

#include "common/known_fault.hpp"
#include "domain/kernel/table.hpp"

namespace musterd {

/// What one server does at a time, by whom, and for which time in a row: no two holders have the same.
struct lease_term {
  std::string role;
  /// A run of a server.
  uuid holder;
  std::int64_t epoch = 0;
};

/// To be among what is committed under a lease: LEASE_LOST once somebody else may hold it, and nobody takes
/// it before the commit is over.
row_write under(const lease_term& term);

inline constexpr auto led_by_another = conflict("LEASE_LOST", "Another server does this by now.");

}  // namespace musterd
