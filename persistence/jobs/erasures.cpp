#include "persistence/jobs/erasures.hpp"

#include "common/observation/log.hpp"
#include "common/process/crash_point.hpp"
#include "persistence/sql/dynamic_query.hpp"
#include "persistence/sql/pages/page_query.hpp"

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
  SELECT tenant_id, person_id FROM people.erasure_due WHERE begun AND due_at <= now()
  ORDER BY due_at LIMIT $1::int)";

constexpr auto put_off_sql = R"(
  UPDATE people.erasure_due SET attempts = attempts + 1, due_at = retention.later(attempts)
  WHERE tenant_id = $1::uuid AND person_id = $2::uuid AND begun RETURNING attempts)";

constexpr auto leavers_sql = R"(
  WITH first_time AS (
    SELECT tenant_id, person_id FROM people.erasure_due
    WHERE NOT begun AND attempts = 0 AND due_at < now() - make_interval(days => $1::int)
    ORDER BY due_at LIMIT $2::int FOR UPDATE SKIP LOCKED),
  again AS (
    SELECT tenant_id, person_id FROM people.erasure_due WHERE NOT begun AND attempts > 0 AND due_at <= now()
    ORDER BY due_at LIMIT $2::int FOR UPDATE SKIP LOCKED)
  UPDATE people.erasure_due d SET attempts = d.attempts + 1, due_at = retention.later(d.attempts)
  FROM (SELECT * FROM first_time UNION ALL SELECT * FROM again) t
    JOIN people.person p ON p.tenant_id = t.tenant_id AND p.person_id = t.person_id
  WHERE d.tenant_id = t.tenant_id AND d.person_id = t.person_id
  RETURNING d.tenant_id, d.person_id, d.attempts,
    array_to_string(people.erasure_obstacles(d.tenant_id, d.person_id), ', '),
    p.status_effective_at < now() - make_interval(days => $1::int))";

constexpr auto stuck_sql = R"(
  SELECT count(*) FROM (SELECT 1 FROM people.erasure_due WHERE attempts >= 8 LIMIT 1000) s)";

/// Some minutes after the first.
constexpr int told_at_attempt = 8;

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

namespace {

leaver leaver_in(const pqxx::row& row) {
  return {{uuid::parse(row[0].c_str()).value()}, {uuid::parse(row[1].c_str()).value()}};
}

/// False when `deadline` is over.
bool finish(pqxx::transaction_base& tx, const pqxx::row& who, std::chrono::steady_clock::time_point deadline,
            std::string& waits_for) {
  for (;;) {
    auto gone = run_query(tx, erase_sql, {who[0].c_str(), who[1].c_str(), std::to_string(rows_at_once)})[0][0]
                    .as<std::int64_t>();
    if (gone < 0)
      waits_for =
          "a message about them is parked, held or not published yet, an operator has to decide about a "
          "dead letter, the broker may still have its copy, or rows are locked";
    if (gone <= 0)
      return true;
    crash_point::reached("finish_erasures", "after-batch");
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
  }
}

}  // namespace

std::vector<stuck_erasure> finish_erasures(pqxx::transaction_base& tx,
                                           std::chrono::steady_clock::time_point deadline) {
  std::vector<stuck_erasure> stuck;
  for (const auto& who : run_query(tx, unfinished_sql, {std::to_string(people_at_once)})) {
    std::string why;
    try {
      if (!finish(tx, who, deadline, why))
        break;
    } catch (const pqxx::sql_error& e) {
      why = e.what();
      log::warn({"person", "erasure_failed"}, "{}: {}", who[1].c_str(), why);
    }
    if (why.empty())
      continue;
    auto attempts = run_query(tx, put_off_sql, {who[0].c_str(), who[1].c_str()})[0][0];
    if (!attempts.is_null() && attempts.as<int>() == told_at_attempt)
      stuck.push_back({leaver_in(who), why});
  }
  return stuck;
}

leavers_due take_leavers(pqxx::transaction_base& tx, std::int64_t days) {
  leavers_due result;
  for (const auto& row : run_query(tx, leavers_sql, {std::to_string(days), std::to_string(people_at_once)})) {
    std::string obstacles = row[3].c_str();
    if (!row[4].as<bool>())  // they are to be kept longer now
      continue;
    if (row[2].as<int>() == told_at_attempt)
      result.stuck.push_back({leaver_in(row), obstacles.empty() ? "the log says why" : obstacles});
    if (obstacles.empty())
      result.erasable.push_back(leaver_in(row));
  }
  return result;
}

std::int64_t count_stuck_erasures(pqxx::transaction_base& tx) {
  return run_query(tx, stuck_sql, {})[0][0].as<std::int64_t>();
}

}  // namespace musterd
