#include "persistence/load_role_catalog.hpp"

#include "persistence/rows_as_json.hpp"

namespace musterd {
namespace {

struct role_row {
  musterd::role role;
  std::vector<std::string> grants;
};
BOOST_DESCRIBE_STRUCT(role_row, (), (role, grants))

}  // namespace

role_directory_ptr load_role_directory(pqxx::transaction_base& tx) {
  auto directory = std::make_shared<role_directory>();
  auto rows = tx.exec(R"(
    SELECT r.tenant_id, jsonb_build_object(
      'role', to_jsonb(r) - 'tenant_id',
      'grants', coalesce((SELECT jsonb_agg(p.permission_key ORDER BY p.permission_key)
        FROM security.role_permission p WHERE p.tenant_id = r.tenant_id AND p.role_id = r.role_id), '[]'))
    FROM security.role r)");
  for (const auto& row : rows) {
    auto found = value_from_row<role_row>(row[1].as<std::string>());
    directory->of({*uuid::parse(row[0].as<std::string>())}).add(std::move(found.role), found.grants);
  }
  return directory;
}

}  // namespace musterd
