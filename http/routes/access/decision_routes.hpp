#pragma once

#include "domain/company/directories.hpp"
#include "http/routing/access/user_finder.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// Told of decisions, single or batched, from any thread. `counts`: by outcome and domain (the first part of
/// a known key, or "unknown"); `took`: per decision.
using decision_counts = std::map<std::pair<decision_outcome, std::string_view>, std::uint64_t>;
using decision_observer = std::function<void(const decision_counts& counts, std::chrono::nanoseconds took)>;

/// All outlive the table.
struct decision_services {
  user_finder& users;
  const company_directories& companies;
  decision_observer observe;
};

/// /internal/authz/… (G-AUTH-4).
void decision_routes(route_table& on, const decision_services& services);

}  // namespace musterd
