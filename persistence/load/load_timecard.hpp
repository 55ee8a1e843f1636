#pragma once

#include "domain/timecard/views.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Initial state of a timecard actor: the days it remembers, and the person's last break type.
timecard_state load_timecard(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person);

/// One person's days with work dates in [from, to], oldest first.
std::vector<workday> find_workdays(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person,
                                   local_date from, local_date to);

/// One day by its timecard, if the tenant has it.
std::optional<workday> find_workday(pqxx::transaction_base& tx, tenant_uuid tenant, timecard_uuid card);

std::optional<break_type> find_last_break_type(pqxx::transaction_base& tx, tenant_uuid tenant,
                                               person_uuid person);

}  // namespace musterd
