#pragma once

#include "domain/timecard/state.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

struct timecard_filter {
  person_uuid employee_id;
  local_date from{}, to{};
  static constexpr std::array<std::string_view, 3> meanings{"Whose.", "First work date.",
                                                            "Last work date; at most 366 days on."};
};
BOOST_DESCRIBE_STRUCT(timecard_filter, (), (employee_id, from, to))

void validate(const timecard_filter& wanted, std::vector<field_error>& errors);

/// One person's days, oldest first; a scope of shops covers only days there.
page<workday> find_timecards(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                             const timecard_filter& wanted, const page_limits& limits);
/// One day, if such a list could show it.
std::optional<workday> find_timecard(pqxx::transaction_base& tx, tenant_uuid tenant,
                                     const people_scope& scope, timecard_uuid id);

}  // namespace musterd
