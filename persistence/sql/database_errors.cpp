#include "persistence/sql/database_errors.hpp"

#include "persistence/sql/connection.hpp"

#include <string_view>

namespace musterd {

bool is_infrastructure(const std::exception& error, const pqxx::connection& connection) {
  if (dynamic_cast<const pqxx::broken_connection*>(&error) ||
      dynamic_cast<const pqxx::in_doubt_error*>(&error))
    return true;
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error)) {
    std::string_view state = sql->sqlstate();
    if (is_connection_spent(state))
      return true;
    // 53 resources, 58 system, XX internal.
    for (std::string_view family : {"53", "58", "XX"})
      if (state.starts_with(family))
        return true;
  }
  return !connection.is_open();
}

bool is_collision(const std::exception& error) {
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error))
    return true;
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error);
  return sql && std::string_view{sql->sqlstate()}.starts_with("40");
}

}  // namespace musterd
