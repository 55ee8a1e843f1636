#include "persistence/find/access/find_sessions.hpp"

namespace musterd {
namespace {

const list_statement sessions_by_start{
    "sessions_by_start", R"(
    SELECT f.family_id AS session_id, f.created_at, f.rotated_at AS last_used_at, f.expires_at,
      o.client_network, o.user_agent, f.family_id = $5::uuid AS is_current
    FROM security.refresh_token_family f LEFT JOIN security.session_origin o USING (tenant_id, family_id)
    WHERE f.tenant_id = $1 AND f.user_id = $4 AND f.revoked_at IS NULL AND f.expires_at > now())",
    list_order{{{"created_at", list_order::kind::instant}, {"session_id", list_order::kind::id}}, true}};

}  // namespace

page<sign_in_session> find_sessions(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user,
                                    token_family_uuid current, const page_limits& limits) {
  return sessions_by_start.read<sign_in_session>(tx, tenant, limits, to_string(user), to_string(current));
}

}  // namespace musterd
