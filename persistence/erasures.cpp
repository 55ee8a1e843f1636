#include "persistence/erasures.hpp"

#include "common/crash_point.hpp"
#include "persistence/dynamic_query.hpp"
#include "persistence/page_query.hpp"

namespace musterd {
namespace {

constexpr int rows_at_once = 1000, people_at_once = 20;

const statement erasure_obstacles_of{"erasure_obstacles_of",
                                     "SELECT unnest(people.erasure_obstacles($1::uuid, $2::uuid))"};

const statement erasure_by_person{"erasure_by_person", R"(
  SELECT to_jsonb(e) - 'tenant_id' FROM people.person_erasure e WHERE e.tenant_id = $1 AND e.person_id = $2)"};

struct stored_erasure : person_erasure {
  std::optional<timestamp> completed_at;
};
BOOST_DESCRIBE_STRUCT(stored_erasure, (person_erasure), (completed_at))

constexpr auto unfinished_sql = R"(
  SELECT tenant_id, person_id FROM people.person_erasure WHERE completed_at IS NULL
  ORDER BY erased_at LIMIT $1::int)";

/// By the predicate of the index `person_left`.
constexpr auto leavers_sql = R"(
  SELECT p.tenant_id, p.person_id FROM people.person p
  WHERE p.status = 'TERMINATED' AND p.last_name NOT LIKE 'erased-%'
    AND p.status_effective_at < now() - make_interval(days => $1::int)
    AND people.erasure_obstacles(p.tenant_id, p.person_id) = '{}'
  ORDER BY p.status_effective_at LIMIT $2::int)";

constexpr auto erase_sql = "SELECT retention.erase_rest($1::uuid, $2::uuid, $3::int)";

}  // namespace

std::vector<erasure_obstacle> find_erasure_obstacles(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                     person_uuid person) {
  std::vector<erasure_obstacle> result;
  for (const auto& row : erasure_obstacles_of.run(tx, to_string(tenant), to_string(person)))
    result.push_back(enum_from_name<erasure_obstacle>(row[0].as<std::string>()).value());
  return result;
}

std::optional<erasure_progress> find_erasure(pqxx::transaction_base& tx, tenant_uuid tenant,
                                             person_uuid person) {
  auto stored = read_one<stored_erasure>(erasure_by_person.run(tx, to_string(tenant), to_string(person)));
  if (!stored)
    return std::nullopt;
  erasure_progress result;
  static_cast<erasure_view&>(result) = view_of(*stored);
  result.completed_at = stored->completed_at;
  return result;
}

void finish_erasures(pqxx::transaction_base& tx, std::chrono::steady_clock::time_point deadline) {
  for (const auto& row : run_query(tx, unfinished_sql, {std::to_string(people_at_once)}))
    while (run_query(tx, erase_sql, {row[0].c_str(), row[1].c_str(), std::to_string(rows_at_once)})[0][0]
               .as<std::int64_t>() > 0) {
      crash_point::reached("finish_erasures", "after-batch");
      if (std::chrono::steady_clock::now() >= deadline)
        return;
    }
}

std::vector<leaver> find_leavers(pqxx::transaction_base& tx, std::int64_t days) {
  std::vector<leaver> result;
  for (const auto& row : run_query(tx, leavers_sql, {std::to_string(days), std::to_string(people_at_once)}))
    result.push_back({{uuid::parse(row[0].c_str()).value()}, {uuid::parse(row[1].c_str()).value()}});
  return result;
}

}  // namespace musterd
