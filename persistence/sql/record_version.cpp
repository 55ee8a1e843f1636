#include "persistence/sql/record_version.hpp"

#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

const statement version_of_record{"version_of_record", R"(
  SELECT version FROM journal.record_version WHERE tenant_id = $1 AND record_id = $2 AND aggregate = $3)"};

}  // namespace

std::int64_t find_record_version(pqxx::transaction_base& tx, tenant_uuid tenant, std::string_view aggregate,
                                 const uuid& record) {
  auto rows = version_of_record.run(tx, to_string(tenant), to_string(record), std::string{aggregate});
  return rows.empty() ? 0 : rows[0][0].as<std::int64_t>();
}

}  // namespace musterd
