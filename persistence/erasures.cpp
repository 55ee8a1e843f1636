#include "persistence/erasures.hpp"

#include "common/crash_point.hpp"
#include "persistence/dynamic_query.hpp"
#include "persistence/page_query.hpp"

#include <fmt/format.h>

#include <array>

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

/// Rows `x` that hold something of whoever is $2, in the tenant $1, and what is done to them.
struct leftover {
  enum class owner { of_person, of_user } whose;
  std::string_view change;
  std::string_view rows;
};
using enum leftover::owner;

constexpr std::array leftovers{
    leftover{
        of_person, "UPDATE people.clock_session SET notes = NULL, version = version + 1",
        "people.timecard t JOIN people.clock_session x ON x.tenant_id = t.tenant_id AND x.timecard_id = t.id "
        "WHERE t.tenant_id = $1::uuid AND t.person_id = $2::uuid AND x.notes IS NOT NULL"},
    leftover{of_person, "UPDATE people.break_record SET notes = NULL, version = version + 1",
             "people.break_record x WHERE x.tenant_id = $1::uuid AND x.mechanic_id = $2::uuid AND x.notes IS "
             "NOT NULL"},
    leftover{of_user, "UPDATE people.offboarding_history SET detail = NULL",
             "people.offboarding_case c JOIN people.offboarding_history x ON x.tenant_id = c.tenant_id AND "
             "x.case_id = c.case_id WHERE c.tenant_id = $1::uuid AND c.user_id = $2::uuid AND x.detail IS "
             "NOT NULL"},
    // An accepted risk keeps that it was justified.
    leftover{of_user,
             "UPDATE people.offboarding_command SET last_error = NULL, version = version + 1, justification "
             "= CASE "
             "WHEN justification IS NOT NULL THEN 'erased' END",
             "people.offboarding_case c JOIN people.offboarding_command x ON x.tenant_id = c.tenant_id AND "
             "x.case_id = c.case_id WHERE c.tenant_id = $1::uuid AND c.user_id = $2::uuid AND (x.last_error "
             "IS NOT "
             "NULL OR x.justification <> 'erased')"},
    leftover{of_user, "DELETE FROM security.refresh_token_family",
             "security.refresh_token_family x WHERE x.tenant_id = $1::uuid AND x.user_id = $2::uuid"},
    leftover{of_person, "DELETE FROM audit.personal_value",
             "audit.personal_value x WHERE x.tenant_id = $1::uuid AND x.owner_id = $2::uuid"},
    leftover{of_user, "DELETE FROM audit.personal_value",
             "audit.personal_value x WHERE x.tenant_id = $1::uuid AND x.owner_id = $2::uuid"},
    leftover{of_user, "DELETE FROM journal.idempotency_key",
             "journal.idempotency_key x WHERE x.tenant_id = $1::uuid AND x.actor = $2::uuid"}};

constexpr auto unfinished_sql = R"(
  SELECT tenant_id, person_id, user_id FROM people.person_erasure WHERE completed_at IS NULL
  ORDER BY erased_at LIMIT $1::int)";

/// Whoever has the person's days in memory reads them again.
constexpr auto completed_sql = R"(
  WITH stale AS (UPDATE journal.record_version SET version = version + 1
                 WHERE tenant_id = $1::uuid AND record_id = $2::uuid AND aggregate = 'timecard')
  UPDATE people.person_erasure SET completed_at = now()
  WHERE tenant_id = $1::uuid AND person_id = $2::uuid AND completed_at IS NULL)";

/// By the predicate of the index `person_left`.
constexpr auto leavers_sql = R"(
  SELECT p.tenant_id, p.person_id FROM people.person p
  WHERE p.status = 'TERMINATED' AND p.last_name NOT LIKE 'erased-%'
    AND p.status_effective_at < now() - make_interval(days => $1::int)
    AND people.erasure_obstacles(p.tenant_id, p.person_id) = '{}'
  ORDER BY p.status_effective_at LIMIT $2::int)";

struct erased_one {
  std::string tenant, person, user;

  const std::string& owner(const leftover& what) const { return what.whose == of_person ? person : user; }
};

std::size_t erase_batch(pqxx::transaction_base& tx, const leftover& what, const erased_one& of) {
  auto sql = fmt::format(
      "{} WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM {} LIMIT $3::int FOR UPDATE OF x SKIP LOCKED))",
      what.change, what.rows);
  return run_query(tx, sql, {of.tenant, of.owner(what), std::to_string(rows_at_once)}).affected_rows();
}

/// Also what a batch had to leave to whoever has it locked.
bool is_left(pqxx::transaction_base& tx, const leftover& what, const erased_one& of) {
  return run_query(tx, fmt::format("SELECT EXISTS (SELECT FROM {})", what.rows),
                   {of.tenant, of.owner(what)})[0][0]
      .as<bool>();
}

void finish(pqxx::transaction_base& tx, const erased_one& of,
            std::chrono::steady_clock::time_point deadline) {
  bool left = false;
  for (const auto& what : leftovers) {
    if (of.owner(what).empty())
      continue;
    while (erase_batch(tx, what, of) > 0) {
      crash_point::reached("finish_erasures", "after-batch");
      if (std::chrono::steady_clock::now() >= deadline)
        return;
    }
    left = left || is_left(tx, what, of);
  }
  if (!left)
    run_query(tx, completed_sql, {of.tenant, of.person});
}

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
  for (const auto& row : run_query(tx, unfinished_sql, {std::to_string(people_at_once)})) {
    if (std::chrono::steady_clock::now() >= deadline)
      return;
    finish(tx, {row[0].c_str(), row[1].c_str(), row[2].is_null() ? "" : row[2].c_str()}, deadline);
  }
}

std::vector<leaver> find_leavers(pqxx::transaction_base& tx, std::int64_t days) {
  std::vector<leaver> result;
  for (const auto& row : run_query(tx, leavers_sql, {std::to_string(days), std::to_string(people_at_once)}))
    result.push_back({{uuid::parse(row[0].c_str()).value()}, {uuid::parse(row[1].c_str()).value()}});
  return result;
}

}  // namespace musterd
