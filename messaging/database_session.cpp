#include "messaging/database_session.hpp"

#include "persistence/connection.hpp"

#include <fmt/format.h>

#include <string_view>

namespace musterd {
namespace {

/// Bytes of the UTF-8 sequence that starts at `text[0]`; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t length = lead < 0x80   ? 1
                       : lead < 0xc2 ? 0
                       : lead < 0xe0 ? 2
                       : lead < 0xf0 ? 3
                       : lead < 0xf5 ? 4
                                     : 0;
  if (length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
      return 0;
  if (length < 3)
    return length;
  auto second = static_cast<unsigned char>(text[1]);
  bool too_long = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  bool out_of_range = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
  return too_long || out_of_range ? 0 : length;
}

}  // namespace

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

std::string storable_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto length = text[0] == '\0' ? 0 : sequence_length(text);
    if (length == 0)
      result.push_back('?');
    else
      result.append(text, 0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

}  // namespace musterd
