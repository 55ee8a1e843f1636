#include "persistence/find/access/find_second_factor.hpp"

#include "persistence/sql/pages/page_query.hpp"

namespace musterd {
namespace {

const statement second_factor_of_user{"second_factor_of_user", R"(
  SELECT jsonb_build_object('factor_id', factor_id, 'status', status, 'sealed_secret', sealed_secret,
    'recovery_codes_left', cardinality(recovery_hashes), 'changed_at', changed_at)
  FROM security.second_factor WHERE tenant_id = $1 AND user_id = $2 AND status <> 'REMOVED')"};

const statement second_factor_of_anybody{
    "second_factor_of_anybody", "SELECT EXISTS (SELECT FROM security.second_factor WHERE status = 'ACTIVE')"};

}  // namespace

std::optional<stored_factor> find_second_factor(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                user_uuid user) {
  return read_one<stored_factor>(second_factor_of_user.run(tx, to_string(tenant), to_string(user)));
}

bool has_second_factors(pqxx::transaction_base& tx) {
  auto is_there = tx.exec1("SELECT to_regclass('security.second_factor') IS NOT NULL")[0].as<bool>();
  return is_there && second_factor_of_anybody.run(tx)[0][0].as<bool>();
}

}  // namespace musterd
