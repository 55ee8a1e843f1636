#include "persistence/find_roles.hpp"

#include "persistence/statement.hpp"

namespace musterd {
namespace {

const statement roles_by_name{
    "roles_by_name", paged_sql("SELECT role_id, role_name, description, allowed_scopes, permission_keys, "
                               "created_at, updated_at, version FROM security.role WHERE tenant_id = $1",
                               "role_name, role_id")};

const statement role_by_id{"role_by_id", R"(
  SELECT to_jsonb(r) - 'tenant_id' FROM security.role r WHERE tenant_id = $1 AND role_id = $2)"};

const statement permissions_by_key{
    "permissions_by_key",
    paged_sql("SELECT permission_key, description, service_name, service_version, created_at, updated_at, "
              "version FROM security.permission WHERE tenant_id = $1 "
              "AND ($4::text IS NULL OR split_part(permission_key, ':', 1) = $4) "
              "AND ($5::text IS NULL OR position(lower($5) IN lower(permission_key)) > 0 "
              "OR position(lower($5) IN lower(description)) > 0)",
              "permission_key")};

/// "people:role_assignment:create" → "create role assignment (people)".
constexpr auto own_permissions = R"(
  INSERT INTO security.permission
    (tenant_id, permission_key, description, service_name, service_version, created_at, updated_at, version)
  SELECT t.tenant_id, k.key, replace(format('%s %s (%s)', split_part(k.key, ':', 3), split_part(k.key, ':', 2),
    split_part(k.key, ':', 1)), '_', ' '), 'musterd', '1', now(), now(), 1
  FROM people.tenant t, unnest($1::text[]) AS k (key)
  ON CONFLICT DO NOTHING)";

}  // namespace

page<role> find_roles(pqxx::transaction_base& tx, tenant_uuid tenant, page_limits limits) {
  return read_page<role>(roles_by_name.run(tx, to_string(tenant), limits.first(), limits.last()), limits);
}

std::optional<role> find_role(pqxx::transaction_base& tx, tenant_uuid tenant, role_uuid id) {
  return read_one<role>(role_by_id.run(tx, to_string(tenant), to_string(id)));
}

page<registered_permission> find_permissions(pqxx::transaction_base& tx, tenant_uuid tenant,
                                             const permission_filter& wanted, page_limits limits) {
  return read_page<registered_permission>(permissions_by_key.run(tx, to_string(tenant), limits.first(),
                                                                 limits.last(), wanted.domain, wanted.search),
                                          limits);
}

void register_own_permissions(pqxx::transaction_base& tx) {
  std::string keys = "{";
  for (auto key : permission_keys)
    keys.append(keys.size() > 1 ? "," : "").append(key);
  tx.exec_params(own_permissions, keys + '}');
}

}  // namespace musterd
