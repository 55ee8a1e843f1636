#include "persistence/find_second_factor.hpp"

#include "persistence/page_query.hpp"

namespace musterd {
namespace {

const statement second_factor_of_user{"second_factor_of_user", R"(
  SELECT jsonb_build_object('factor_id', factor_id, 'status', status, 'sealed_secret', sealed_secret,
    'recovery_codes_left', cardinality(recovery_hashes))
  FROM security.second_factor WHERE tenant_id = $1 AND user_id = $2 AND status <> 'REMOVED')"};

}  // namespace

std::optional<stored_factor> find_second_factor(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                user_uuid user) {
  return read_one<stored_factor>(second_factor_of_user.run(tx, to_string(tenant), to_string(user)));
}

}  // namespace musterd
