#pragma once

#include "common/json/json_write.hpp"

#include <string>
#include <string_view>

/// C++ values as elements of PostgreSQL array literals: `{a,"b \\"c\\"",NULL}`.
namespace musterd {

/// Element type of the SQL array that carries these values, and a cast for those that arrays cannot carry.
template <class T>
struct sql_type {
  static_assert(described_enum<T>, "tell sql_type which SQL type this is");
  static constexpr std::string_view element = "text", cast = "";
};
template <std::integral T>
struct sql_type<T> {
  static constexpr std::string_view element = "bigint", cast = "";
};
template <>
struct sql_type<bool> {
  static constexpr std::string_view element = "boolean", cast = "";
};
template <>
struct sql_type<std::string> {
  static constexpr std::string_view element = "text", cast = "";
};
template <>
struct sql_type<uuid> {
  static constexpr std::string_view element = "uuid", cast = "";
};
template <class Tag>
struct sql_type<id<Tag>> : sql_type<uuid> {};
template <>
struct sql_type<timestamp> {
  static constexpr std::string_view element = "timestamptz", cast = "";
};
template <>
struct sql_type<local_date> {
  static constexpr std::string_view element = "date", cast = "";
};
/// `json` keeps the text as it is; a jsonb column accepts it too.
template <>
struct sql_type<raw_json> {
  static constexpr std::string_view element = "text", cast = "json";
};
/// A nested array would become a matrix, so it travels as the text of its literal.
template <class T>
struct sql_type<std::vector<T>> {
  static constexpr std::string_view element = "text", cast = "text[]";
};
template <class T>
struct sql_type<std::optional<T>> : sql_type<T> {};

void append_quoted_element(std::string& out, std::string_view text);

template <class T>
std::string array_literal(const std::vector<T>& values);

template <class T>
void append_array_element(std::string& out, const T& value) {
  if constexpr (is_optional<T>) {
    if (value)
      append_array_element(out, *value);
    else
      out.append("NULL");
  } else if constexpr (std::same_as<T, bool>) {
    out.push_back(value ? 't' : 'f');
  } else if constexpr (std::integral<T>) {
    write_json(out, value);
  } else if constexpr (detail::is_id<T>) {
    append_to(out, value.value);
  } else if constexpr (std::same_as<T, uuid> || std::same_as<T, timestamp> || std::same_as<T, local_date>) {
    append_to(out, value);
  } else if constexpr (described_enum<T>) {
    out.append(enum_name(value));
  } else if constexpr (std::same_as<T, raw_json>) {
    append_quoted_element(out, value.text.empty() ? std::string_view{"null"} : std::string_view{value.text});
  } else if constexpr (detail::is_vector<T>) {
    append_quoted_element(out, array_literal(value));
  } else {
    append_quoted_element(out, value);
  }
}

template <class T>
std::string array_literal(const std::vector<T>& values) {
  std::string result = "{";
  for (const auto& value : values) {
    if (result.size() > 1)
      result += ',';
    append_array_element(result, value);
  }
  return result += '}';
}

}  // namespace musterd
