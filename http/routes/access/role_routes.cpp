#include "http/routes/access/role_routes.hpp"

#include "domain/access/asked_permissions.hpp"
#include "domain/company/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_roles.hpp"

namespace musterd {
namespace {

outcome<http_response> list_roles(pqxx::transaction_base& tx, const http_call& call,
                                  const whole_list& /*all*/, const page_limits& limits) {
  return json_response(200, find_roles(tx, call.who.tenant, limits));
}

outcome<http_response> one_role(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<role_uuid>("roleId");
  if (!id)
    return id.error();
  auto found = find_role(tx, call.who.tenant, *id);
  if (!found)
    return role_not_found;
  return versioned_response(*found);
}

outcome<http_response> list_permissions(pqxx::transaction_base& tx, const http_call& call,
                                        const permission_filter& wanted, const page_limits& limits) {
  return json_response(200, find_permissions(tx, call.who.tenant, wanted, limits));
}

outcome<uuid> company_of_new_role(const http_call& call, const create_role& c) {
  if (c.permission_keys && !c.permission_keys->empty() && !call.who.holds_everywhere(granting_permissions))
    return call.deny();
  return call.who.tenant.value;
}

}  // namespace

void role_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads) {
  using namespace access;
  on.get("/api/security/roles", permission("security:role:view", no_people),
         list_of<whole_list>(reads, list_roles), list_docs<whole_list, role>("listRoles", "Roles by name."));
  on.post("/api/security/roles",
          freshly_signed_in(permission_everywhere("security:role:create", {granting_permissions})),
          on_named<create_role>(companies, company_of_new_role),
          command_docs<create_role>("Creates a role."));
  on.get("/api/security/roles/{roleId}", permission("security:role:view", no_people),
         from_database(reads, one_role), {"getRole", "One role.", nullptr, schema_of<role>})
      .refused_with({role_not_found});
  on.patch("/api/security/roles/{roleId}", freshly_signed_in(permission_everywhere("security:role:update")),
           on_company<update_role>(companies),
           command_docs<update_role>("Changes a role's description or scopes; its name never changes."));
  on.put("/api/security/roles/{roleId}/permissions/{permissionKey}",
         freshly_signed_in(permission_everywhere(granting_permissions)),
         on_company<grant_permission>(companies),
         command_docs<grant_permission>("Lets a role grant a permission."));
  on.del("/api/security/roles/{roleId}/permissions/{permissionKey}",
         freshly_signed_in(permission_everywhere("security:role_permission:revoke")),
         on_company<revoke_permission>(companies),
         command_docs<revoke_permission>("Takes a permission from a role."));
  on.put("/api/security/roles/{roleId}/permissions",
         freshly_signed_in(permission_everywhere("security:role_permission:replace")),
         on_company<replace_permissions>(companies),
         command_docs<replace_permissions>("Sets exactly what a role grants."));
  on.get("/api/security/permissions", permission("security:permission:view", no_people),
         list_of<permission_filter>(reads, list_permissions),
         list_docs<permission_filter, registered_permission>("listPermissions",
                                                             "Registered permissions by key."));
  on.post("/internal/permissions/register", internal(service_scope::register_permissions),
          on_company<register_permissions>(companies),
          command_docs<register_permissions>("Registers a service's permissions; may be repeated."));
}

}  // namespace musterd
