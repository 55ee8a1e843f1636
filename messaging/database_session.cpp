#include "messaging/database_session.hpp"

#include "persistence/sql/connection.hpp"

#include <fmt/format.h>

#include <string_view>

namespace musterd {

std::unique_ptr<pqxx::connection> connect_database(const std::string& url, std::string_view application_name,
                                                   const std::stop_token& cut) {
  return open_connection(url,
                         fmt::format("SET application_name = '{}'; SET statement_timeout = '30s'; "
                                     "SET idle_in_transaction_session_timeout = '60s'; SET timezone = 'UTC'",
                                     application_name),
                         cut);
}

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

std::string bytea_text(std::string_view bytes) {
  constexpr char hex[] = "0123456789abcdef";
  std::string result = "\\x";
  result.reserve(2 + 2 * bytes.size());
  for (unsigned char byte : bytes) {
    result.push_back(hex[byte >> 4]);
    result.push_back(hex[byte & 15]);
  }
  return result;
}

}  // namespace musterd
