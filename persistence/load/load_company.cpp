#include "persistence/load/load_company.hpp"

#include "persistence/load/service_rows.hpp"
#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

struct company_rows {
  std::vector<role> roles;
  std::vector<registered_permission> permissions;
  std::vector<location> locations;
  std::vector<service> services;
};
BOOST_DESCRIBE_STRUCT(company_rows, (), (roles, permissions, locations, services))

const statement company_by_id{"company_by_id", fmt::format(R"(
  SELECT jsonb_build_object(
    'roles', coalesce((SELECT jsonb_agg(to_jsonb(r) - 'tenant_id') FROM security.role r
      WHERE r.tenant_id = $1), '[]'),
    'permissions', coalesce((SELECT jsonb_agg(to_jsonb(p) - 'tenant_id') FROM security.permission p
      WHERE p.tenant_id = $1), '[]'),
    'locations', coalesce((SELECT jsonb_agg(to_jsonb(l) - 'tenant_id') FROM people.location l
      WHERE l.tenant_id = $1), '[]'),
    'services', {}))",
                                                           live_services)};

}  // namespace

company_state load_company(pqxx::transaction_base& tx, tenant_uuid tenant) {
  auto rows =
      value_from_row<company_rows>(company_by_id.run(tx, to_string(tenant)).at(0)[0].as<std::string>());
  company_state result{
      tenant, std::move(rows.roles), {}, std::move(rows.locations), std::move(rows.services)};
  for (auto& p : rows.permissions)
    result.permissions.emplace(p.permission_key, p);
  return result;
}

}  // namespace musterd
