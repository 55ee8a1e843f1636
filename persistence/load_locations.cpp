#include "persistence/load_locations.hpp"

#include "persistence/rows_as_json.hpp"

namespace musterd {

location_directory_ptr load_locations(pqxx::transaction_base& tx) {
  auto directory = std::make_shared<location_directory>();
  for (const auto& row : tx.exec("SELECT tenant_id, to_jsonb(l) - 'tenant_id' FROM people.location l"))
    directory->add({*uuid::parse(row[0].as<std::string>())},
                   value_from_row<location>(row[1].as<std::string>()));
  return directory;
}

}  // namespace musterd
