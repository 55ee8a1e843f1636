#include "persistence/jobs/due_commands.hpp"

#include "domain/kernel/sql_value.hpp"
#include "persistence/sql/pages/rows_as_json.hpp"

namespace musterd {
namespace {

constexpr auto due_sql = R"(
  SELECT jsonb_build_object('tenant_id', d.tenant_id, 'case_id', d.case_id, 'command_id', d.command_id,
    'command_type', d.command_type, 'state', d.state, 'first_failed_at', d.first_failed_at, 'due_at', d.due_at,
    'person_id', c.person_id, 'kind', c.kind, 'effective_at', c.effective_at, 'correlation_id', c.correlation_id,
    'traceparent', t.traceparent), d.tenant_id, d.command_id
  FROM (SELECT * FROM people.offboarding_command WHERE due_at <= $1 AND command_id <> ALL ($2::uuid[])
        ORDER BY due_at LIMIT $3) d
  JOIN people.offboarding_case c USING (tenant_id, case_id)
  LEFT JOIN people.offboarding_trace t USING (tenant_id, case_id) ORDER BY d.due_at)";

}  // namespace

due_commands find_due_commands(pqxx::transaction_base& tx, timestamp until, const std::vector<uuid>& except,
                               std::size_t limit) {
  due_commands result;
  for (const auto& row :
       tx.exec_params(due_sql, to_string(until), array_literal(except), static_cast<std::int64_t>(limit)))
    try {
      result.commands.push_back(value_from_row<due_command>(row[0].as<std::string>()));
    } catch (const row_not_readable& e) {
      result.unreadable.push_back(
          {{uuid::parse(row[1].c_str()).value()}, uuid::parse(row[2].c_str()).value(), e.what()});
    }
  return result;
}

}  // namespace musterd
