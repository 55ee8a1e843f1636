#include "persistence/find/access/find_services.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr std::string_view services = R"(
    SELECT c.client_id, c.name, c.description, c.scopes, coalesce((
        SELECT jsonb_agg(jsonb_build_object('secret_id', s.secret_id, 'created_at', s.created_at, 'ends_at', s.ends_at)
          ORDER BY s.created_at, s.secret_id)
        FROM security.service_secret s WHERE s.tenant_id = c.tenant_id AND s.client_id = c.client_id
          AND (s.ends_at IS NULL OR s.ends_at > now())), '[]') AS secrets,
      c.created_at, c.updated_at, c.revoked_at, c.version
    FROM security.service_client c WHERE c.tenant_id = $1 AND c.revoked_at IS NULL)";

const list_statement services_by_name{
    "services_by_name", services,
    list_order{{{"name", list_order::kind::text}, {"client_id", list_order::kind::id}}}};

const statement service_by_id{"service_by_id",
                              fmt::format("SELECT to_jsonb(s) FROM ({} AND c.client_id = $2) s", services)};

}  // namespace

page<service_view> find_services(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits) {
  return services_by_name.read<service_view>(tx, tenant, limits);
}

std::optional<service_view> find_service(pqxx::transaction_base& tx, tenant_uuid tenant, service_uuid id) {
  return read_one<service_view>(service_by_id.run(tx, to_string(tenant), to_string(id)));
}

}  // namespace musterd
