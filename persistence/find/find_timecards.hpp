#pragma once

#include "domain/timecard/state.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

struct timecard_filter {
  person_uuid person_id;
  /// Work dates, both included.
  local_date from{}, to{};
};

/// The days of one person, oldest first; of a scope of shops those that were there.
page<workday> find_timecards(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                             const timecard_filter& wanted, const page_limits& limits);
/// One day that such a list could show.
std::optional<workday> find_timecard(pqxx::transaction_base& tx, tenant_uuid tenant,
                                     const people_scope& scope, timecard_uuid id);

}  // namespace musterd
