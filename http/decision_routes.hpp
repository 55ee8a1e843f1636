#pragma once

#include "domain/company/directories.hpp"
#include "http/route_table.hpp"
#include "http/user_finder.hpp"

namespace musterd {

/// Told of every decision; from any thread. `domain` is the first part of a known key, or "unknown".
using decision_observer =
    std::function<void(decision_outcome decision, std::string_view domain, std::chrono::nanoseconds took)>;

/// All outlive the table.
struct decision_services {
  user_finder& users;
  const company_directories& companies;
  decision_observer observe;
};

/// /internal/authz/… (Guide, "Authorization decision API").
void decision_routes(route_table& on, decision_services services);

}  // namespace musterd
