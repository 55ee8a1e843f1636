#pragma once

#include "domain/person/erasure.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <vector>

namespace musterd {

/// What records other than the person's own have against it.
std::vector<erasure_obstacle> find_erasure_obstacles(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                     person_uuid person);

std::optional<erasure_progress> find_erasure(pqxx::transaction_base& tx, tenant_uuid tenant,
                                             person_uuid person);

/// What is left of people whose names are gone: notes, sign-ins, answers that are kept. Batch after batch,
/// each on its own, so that whoever comes after one that died goes on where it was; until nothing is left or
/// `deadline` is over.
void finish_erasures(pqxx::transaction_base& tx, std::chrono::steady_clock::time_point deadline);

struct leaver {
  tenant_uuid tenant;
  person_uuid person;
};
/// Who left before the last so many days and has nothing open: those who left first, some at a time.
std::vector<leaver> find_leavers(pqxx::transaction_base& tx, std::int64_t days);

}  // namespace musterd
