#pragma once

#include "common/json/json_schema.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// Whether URLs spell the enum's names in lower case.
template <described_enum E>
inline constexpr bool lower_case_in_urls = false;

template <described_enum E>
std::optional<E> enum_from_url(std::string_view text) {
  if constexpr (!lower_case_in_urls<E>)
    return enum_from_name<E>(text);
  std::optional<E> result;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (snake_name<decltype(d)> == text)
      result = d.value;
  });
  return result;
}

/// Such as "active, history, all".
template <described_enum E>
std::string enum_choices_in_urls() {
  if constexpr (!lower_case_in_urls<E>)
    return enum_choices<E>();
  std::string result;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
      [&](auto d) { result.append(result.empty() ? "" : ", ").append(snake_name<decltype(d)>); });
  return result;
}

/// The schema of a parameter of that type.
template <class T>
std::string schema_in_urls(schema_set& set) {
  if constexpr (described_enum<T>)
    if constexpr (lower_case_in_urls<T>) {
      std::string names;
      boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
        names.append(names.empty() ? "\"" : ",\"").append(snake_name<decltype(d)>).append("\"");
      });
      return R"({"type":"string","enum":[)" + names + "]}";
    }
  return schema_of<T>(set);
}

}  // namespace musterd
