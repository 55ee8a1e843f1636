#include "persistence/find/find_offboarding.hpp"

#include "domain/access/user_management.hpp"
#include "domain/kernel/sql_value.hpp"
#include "persistence/load/load_offboarding.hpp"

namespace musterd {
namespace {

const list_statement cases_by_time{
    "cases_by_time", R"(
    SELECT case_id, user_id, person_id, kind, state, effective_at, status_reason_code, assignment_termination,
      end_assignments_at, opened_by, correlation_id, opened_at, closed_at, version
    FROM people.offboarding_case WHERE tenant_id = $1
      AND ($4::text IS NULL OR state = $4) AND ($5::uuid IS NULL OR user_id = $5))",
    list_order{{{"opened_at", list_order::kind::instant}, {"case_id", list_order::kind::id}}, true}};

const statement commands_of_cases{"commands_of_cases", R"(
  SELECT to_jsonb(c) - 'tenant_id' FROM people.offboarding_command c
  WHERE c.tenant_id = $1 AND c.case_id = ANY ($2::uuid[]) ORDER BY c.command_id)"};

const statement history_of_case{"history_of_case", R"(
  SELECT to_jsonb(h) - 'tenant_id' FROM people.offboarding_history h
  WHERE h.tenant_id = $1 AND h.case_id = $2 ORDER BY h.happened_at, h.entry_id)"};

const statement kept_by_others{"kept_by_others", R"(
  SELECT coalesce(range_agg(held) FILTER (WHERE user_id <> $2), '{}')
      @> coalesce(range_agg(held) FILTER (WHERE user_id = $2), '{}')
  FROM security.holders_of_all($1, now(), $3::text[], false))"};

template <class T>
std::vector<T> values_in(const pqxx::result& rows) {
  std::vector<T> result;
  for (const auto& row : rows)
    result.push_back(value_from_row<T>(row[0].template as<std::string>()));
  return result;
}

std::string ids_of(const std::vector<offboarding_case>& cases) {
  std::vector<uuid> ids;
  for (const auto& c : cases)
    ids.push_back(c.case_id);
  return array_literal(ids);
}

}  // namespace

page<case_view> find_offboarding_cases(pqxx::transaction_base& tx, tenant_uuid tenant,
                                       const case_filter& wanted, const page_limits& limits) {
  auto found =
      cases_by_time.read<offboarding_case>(tx, tenant, limits, filter(wanted.state), filter(wanted.user_id));
  auto commands = values_in<case_command>(commands_of_cases.run(tx, to_string(tenant), ids_of(found.items)));
  std::vector<case_view> views;
  for (const auto& c : found.items) {
    std::vector<case_command> own;
    std::copy_if(commands.begin(), commands.end(), std::back_inserter(own),
                 [&](const auto& command) { return command.case_id == c.case_id; });
    views.push_back(view_of(c, own));
  }
  return with_items(found, std::move(views));
}

std::optional<case_details> find_offboarding_case(pqxx::transaction_base& tx, tenant_uuid tenant, uuid id) {
  auto found = load_offboarding(tx, tenant, id);
  if (!found.opened)
    return std::nullopt;
  case_details result;
  static_cast<case_view&>(result) = view_of(*found.opened, found.commands);
  result.history = values_in<case_history>(history_of_case.run(tx, to_string(tenant), to_string(id)));
  return result;
}

std::vector<std::string> lost_without(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user) {
  std::vector<std::string> lost;
  for (auto power : guarded_powers) {
    std::vector<std::string> keys{power.begin(), power.end()};
    if (!kept_by_others.run(tx, to_string(tenant), to_string(user), array_literal(keys))[0][0].as<bool>())
      lost.push_back(keys.front());
  }
  return lost;
}

retry_backlog measure_retries(pqxx::transaction_base& tx) {
  auto row = tx.exec1("SELECT count(*), coalesce(extract(epoch FROM now() - min(first_failed_at)), 0) "
                      "FROM people.offboarding_command WHERE state = 'RETRYING'");
  return {row[0].as<std::int64_t>(), row[1].as<double>()};
}

double oldest_due_age(pqxx::transaction_base& tx) {
  return tx
      .exec1("SELECT greatest(0, coalesce(extract(epoch FROM now() - min(due_at)), 0)) "
             "FROM people.offboarding_command WHERE due_at IS NOT NULL")[0]
      .as<double>();
}

}  // namespace musterd
