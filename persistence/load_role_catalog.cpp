#include "persistence/load_role_catalog.hpp"

#include "persistence/rows_as_json.hpp"

namespace musterd {
role_directory_ptr load_role_directory(pqxx::transaction_base& tx) {
  auto directory = std::make_shared<role_directory>();
  for (const auto& row : tx.exec("SELECT tenant_id, to_jsonb(r) - 'tenant_id' FROM security.role r"))
    directory->of({*uuid::parse(row[0].as<std::string>())})
        .add(value_from_row<role>(row[1].as<std::string>()));
  return directory;
}

}  // namespace musterd
