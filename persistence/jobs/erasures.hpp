#pragma once

#include "domain/person/held_data/erasure.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <string>
#include <vector>

namespace musterd {

/// What records other than the person's own have against it.
std::vector<erasure_obstacle> find_erasure_obstacles(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                     person_uuid person);

std::optional<erasure_progress> find_erasure(pqxx::transaction_base& tx, tenant_uuid tenant,
                                             person_uuid person);

struct leaver {
  tenant_uuid tenant;
  person_uuid person;
};

/// Somebody whose erasure has been tried so often that an operator should know; each is told once.
struct stuck_erasure {
  leaver who;
  std::string why;
};

/// What is left of people whose names are gone: notes, sign-ins, answers that are kept. Batch after batch,
/// each on its own, so that whoever comes after one that died goes on where it was; until nothing is left or
/// `deadline` is over. Whoever it fails of, or who waits for somebody else, is tried again later each time.
std::vector<stuck_erasure> finish_erasures(pqxx::transaction_base& tx,
                                           std::chrono::steady_clock::time_point deadline);

struct leavers_due {
  std::vector<leaver> erasable;
  std::vector<stuck_erasure> stuck;
};
/// Some of those who left before the last so many days, the first who left, or who are to be tried again:
/// whoever is still there after this attempt has the next one later each time.
leavers_due take_leavers(pqxx::transaction_base& tx, std::int64_t days);

/// Of how many people an operator should know that they are not erased; 1000 at most are counted.
std::int64_t count_stuck_erasures(pqxx::transaction_base& tx);

}  // namespace musterd
