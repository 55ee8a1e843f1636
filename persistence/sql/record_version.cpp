#include "persistence/sql/record_version.hpp"

#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

const statement version_of_record{"version_of_record", R"(
  SELECT version, relied_on FROM journal.record_version WHERE tenant_id = $1 AND record_id = $2 AND aggregate = $3)"};

}  // namespace

committed_versions find_record_version(pqxx::transaction_base& tx, tenant_uuid tenant,
                                       std::string_view aggregate, const uuid& record) {
  auto rows = version_of_record.run(tx, to_string(tenant), to_string(record), std::string{aggregate});
  if (rows.empty())
    return {};
  return {rows[0][0].as<std::int64_t>(), rows[0][1].as<std::int64_t>()};
}

}  // namespace musterd
