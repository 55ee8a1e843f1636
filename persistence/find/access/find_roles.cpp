#include "persistence/find/access/find_roles.hpp"

namespace musterd {
namespace {

const list_statement roles_by_name{
    "roles_by_name", R"(
    SELECT role_id, role_name, description, allowed_scopes, permission_keys, created_at, updated_at, version
    FROM security.role WHERE tenant_id = $1)",
    list_order{{{"role_name", list_order::kind::text}, {"role_id", list_order::kind::id}}}};

const statement role_by_id{"role_by_id", R"(
  SELECT to_jsonb(r) - 'tenant_id' FROM security.role r WHERE tenant_id = $1 AND role_id = $2)"};

const list_statement permissions_by_key{"permissions_by_key", R"(
    SELECT permission_key, description, service_name, service_version, created_at, updated_at, version
    FROM security.permission WHERE tenant_id = $1
      AND ($4::text IS NULL OR split_part(permission_key, ':', 1) = $4)
      AND ($5::text IS NULL OR lower(permission_key) LIKE lower($5) OR lower(description) LIKE lower($5)))",
                                        list_order{{{"permission_key", list_order::kind::text}}}};

const statement own_permissions{"own_permissions", "SELECT security.register_own_permissions($1)"};

}  // namespace

page<role> find_roles(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits) {
  return roles_by_name.read<role>(tx, tenant, limits);
}

std::optional<role> find_role(pqxx::transaction_base& tx, tenant_uuid tenant, role_uuid id) {
  return read_one<role>(role_by_id.run(tx, to_string(tenant), to_string(id)));
}

page<registered_permission> find_permissions(pqxx::transaction_base& tx, tenant_uuid tenant,
                                             const permission_filter& wanted, const page_limits& limits) {
  auto pattern = wanted.search ? std::optional{anywhere(*wanted.search)} : std::nullopt;
  return permissions_by_key.read<registered_permission>(tx, tenant, limits, wanted.domain, pattern);
}

void register_own_permissions(pqxx::transaction_base& tx) {
  std::string keys = "{";
  for (auto key : permission_keys)
    keys.append(keys.size() > 1 ? "," : "").append(key);
  own_permissions.run(tx, keys + '}');
}

}  // namespace musterd
