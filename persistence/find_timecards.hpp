#pragma once

#include "domain/timecard/state.hpp"
#include "persistence/page_query.hpp"

namespace musterd {

struct timecard_filter {
  person_uuid person_id;
  /// Work dates, both included.
  local_date from{}, to{};
  /// Where the asker may look.
  bool everywhere = false;
  std::vector<location_uuid> among;
};

/// The days of one person, oldest first.
page<workday> find_timecards(pqxx::transaction_base& tx, tenant_uuid tenant, const timecard_filter& wanted,
                             const page_limits& limits);

}  // namespace musterd
