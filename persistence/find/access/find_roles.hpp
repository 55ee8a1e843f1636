#pragma once

#include "domain/company/records.hpp"
#include "persistence/sql/pages/page_query.hpp"

namespace musterd {

/// Roles by name.
page<role> find_roles(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits);
std::optional<role> find_role(pqxx::transaction_base& tx, tenant_uuid tenant, role_uuid id);

struct permission_filter {
  std::optional<std::string> domain;
  std::optional<std::string> search;
  static constexpr std::array<std::string_view, 2> meanings{"First part of the key.",
                                                            "Part of key or description."};
};
BOOST_DESCRIBE_STRUCT(permission_filter, (), (domain, search))

/// Permissions by key.
page<registered_permission> find_permissions(pqxx::transaction_base& tx, tenant_uuid tenant,
                                             const permission_filter& wanted, const page_limits& limits);

/// Registers this server's own permissions for every tenant, future ones included. They are registered like
/// any service's; existing ones stay. The cost does not depend on the number of tenants unless a key is new.
void register_own_permissions(pqxx::transaction_base& tx);

}  // namespace musterd
