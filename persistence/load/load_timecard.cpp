#include "persistence/load/load_timecard.hpp"

#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// A workday as JSON, from a timecard row `c`.
constexpr auto workday_json = R"(jsonb_build_object(
  'card', to_jsonb(c) - 'tenant_id',
  'sessions', coalesce((SELECT jsonb_agg(to_jsonb(s) - 'tenant_id' ORDER BY s.clock_in_at, s.id)
    FROM people.clock_session s WHERE s.tenant_id = c.tenant_id AND s.timecard_id = c.id), '[]'),
  'breaks', coalesce((SELECT jsonb_agg(to_jsonb(b) - 'tenant_id' ORDER BY b.start_time, b.id)
    FROM people.break_record b WHERE b.tenant_id = c.tenant_id AND b.timecard_id = c.id), '[]')))";

/// Days are ordered by their last clock-in, as in the actor.
constexpr auto by_last_clock_in = "(SELECT max(s.clock_in_at) FROM people.clock_session s WHERE s.tenant_id "
                                  "= c.tenant_id AND s.timecard_id = c.id)";

/// The day of the open session may be older than the others.
const statement recent_workdays{"recent_workdays", fmt::format(R"(
  WITH horizon AS MATERIALIZED (
    SELECT max(work_date) - $3::int AS day FROM people.timecard WHERE tenant_id = $1 AND person_id = $2)
  SELECT day FROM (
    SELECT {0} AS day, {1} AS begun FROM people.timecard c
    WHERE c.tenant_id = $1 AND c.person_id = $2 AND c.work_date >= (SELECT day FROM horizon)
    UNION ALL
    SELECT {0}, {1} FROM people.clock_session o
    JOIN people.timecard c ON c.tenant_id = o.tenant_id AND c.id = o.timecard_id
    WHERE o.tenant_id = $1 AND o.person_id = $2 AND o.status = 'OPEN'
      AND c.work_date < (SELECT day FROM horizon)) d
  ORDER BY begun)",
                                                               workday_json, by_last_clock_in)};

const statement workdays_between{"workdays_between", fmt::format(R"(
  SELECT {} FROM people.timecard c
  WHERE c.tenant_id = $1 AND c.person_id = $2 AND c.work_date BETWEEN $3 AND $4
  ORDER BY c.work_date, {})",
                                                                 workday_json, by_last_clock_in)};

const statement workday_by_timecard{
    "workday_by_timecard",
    fmt::format("SELECT {} FROM people.timecard c WHERE c.tenant_id = $1 AND c.id = $2", workday_json)};

const statement last_break_type{"last_break_type", R"(
  SELECT break_type FROM people.break_record WHERE tenant_id = $1 AND mechanic_id = $2 ORDER BY start_time DESC LIMIT 1)"};

std::vector<workday> read_workdays(const pqxx::result& rows) {
  std::vector<workday> days;
  for (const auto& row : rows)
    days.push_back(value_from_row<workday>(row[0].as<std::string>()));
  return days;
}

}  // namespace

timecard_state load_timecard(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person) {
  timecard_state state;
  state.person = person;
  state.recent =
      read_workdays(recent_workdays.run(tx, to_string(tenant), to_string(person), remembered_days.count()));
  state.last_break_type = find_last_break_type(tx, tenant, person);
  return state;
}

std::vector<workday> find_workdays(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person,
                                   local_date from, local_date to) {
  return read_workdays(
      workdays_between.run(tx, to_string(tenant), to_string(person), to_string(from), to_string(to)));
}

std::optional<workday> find_workday(pqxx::transaction_base& tx, tenant_uuid tenant, timecard_uuid card) {
  auto days = read_workdays(workday_by_timecard.run(tx, to_string(tenant), to_string(card)));
  return days.empty() ? std::nullopt : std::optional{std::move(days.front())};
}

std::optional<break_type> find_last_break_type(pqxx::transaction_base& tx, tenant_uuid tenant,
                                               person_uuid person) {
  auto rows = last_break_type.run(tx, to_string(tenant), to_string(person));
  return rows.empty() ? std::nullopt : enum_from_name<break_type>(rows[0][0].as<std::string>());
}

}  // namespace musterd
