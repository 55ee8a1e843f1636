#include "persistence/load/load_offboarding.hpp"

#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

const statement case_by_id{"case_by_id", R"(
  SELECT jsonb_build_object(
    'opened', (SELECT to_jsonb(c) - 'tenant_id' FROM people.offboarding_case c
      WHERE c.tenant_id = $1 AND c.case_id = $2),
    'commands', coalesce((SELECT jsonb_agg(to_jsonb(c) - 'tenant_id' ORDER BY c.command_id)
      FROM people.offboarding_command c WHERE c.tenant_id = $1 AND c.case_id = $2), '[]')))"};

}  // namespace

offboarding_state load_offboarding(pqxx::transaction_base& tx, tenant_uuid tenant, uuid case_id) {
  auto rows = case_by_id.run(tx, to_string(tenant), to_string(case_id));
  return value_from_row<offboarding_state>(rows.at(0)[0].as<std::string>());
}

}  // namespace musterd
