#pragma once

#include "common/json/json_write.hpp"

#include <map>
#include <string>
#include <string_view>

/// JSON Schema (2020-12) of described types, for the OpenAPI document.
namespace musterd {

/// Schemas of named types: name to JSON. Nested structs refer to each other by name.
using schema_set = std::map<std::string, std::string>;

/// Returns one type's schema as JSON, and adds the named types it needs to `set`.
using schema_fn = std::string (*)(schema_set& set);

/// "ClockIn" for musterd::clock_in, "PageTimecard" for musterd::page<musterd::timecard>.
std::string schema_name(std::string_view type_name);

template <class T>
std::string schema_of(schema_set& set);

namespace detail {

template <class T>
constexpr std::string_view type_text() {
  std::string_view text = __PRETTY_FUNCTION__;  // "... [with T = musterd::clock_in; ...]"
  text.remove_prefix(text.find("T = ") + 4);
  return text.substr(0, text.find_first_of(";]"));
}

inline std::string schema_reference(std::string_view name) {
  return std::string{R"({"$ref":"#/components/schemas/)"}.append(name).append(R"("})");
}

/// 2020-12 writes "or null" as a second type; a reference needs `anyOf`.
std::string nullable_schema(std::string schema);

template <described_struct T>
std::string object_schema(schema_set& set) {
  std::string properties, required;
  for_each_member<T>([&](auto d) {
    using member = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
    if (!properties.empty())
      properties += ',';
    append_json_string(properties, camel_name<decltype(d)>);
    properties += ':';
    properties += schema_of<member>(set);
    if constexpr (!is_optional<member>) {
      if (!required.empty())
        required += ',';
      append_json_string(required, camel_name<decltype(d)>);
    }
  });
  std::string out = R"({"type":"object","properties":{)" + properties + '}';
  if (!required.empty())
    out += R"(,"required":[)" + required + ']';
  return out + R"(,"additionalProperties":false})";
}

template <described_enum E>
std::string enum_schema() {
  std::string values;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (!values.empty())
      values += ',';
    append_json_string(values, enum_name(d.value));
  });
  return R"({"type":"string","enum":[)" + values + "]}";
}

/// Registers T under its name once; the empty entry stops recursion.
template <class T, class Make>
std::string named_schema(schema_set& set, Make&& make) {
  auto name = schema_name(type_text<T>());
  if (set.try_emplace(name).second)
    set[name] = make();
  return schema_reference(name);
}

}  // namespace detail

template <class T>
std::string schema_of(schema_set& set) {
  if constexpr (std::same_as<T, bool>)
    return R"({"type":"boolean"})";
  else if constexpr (std::integral<T>)
    return sizeof(T) > 4 ? R"({"type":"integer","format":"int64"})"
                         : R"({"type":"integer","format":"int32"})";
  else if constexpr (std::floating_point<T>)
    return R"({"type":"number"})";
  else if constexpr (std::convertible_to<const T&, std::string_view>)
    return R"({"type":"string"})";
  else if constexpr (std::same_as<T, raw_json>)
    return "{}";
  else if constexpr (detail::is_id<T> || std::same_as<T, uuid>)
    return R"({"type":"string","format":"uuid"})";
  else if constexpr (std::same_as<T, timestamp>)
    return R"({"type":"string","format":"date-time"})";
  else if constexpr (std::same_as<T, local_date>)
    return R"({"type":"string","format":"date"})";
  else if constexpr (is_clearable<T>)
    return schema_of<typename T::value_type>(set);
  else if constexpr (is_optional<T>)
    return detail::nullable_schema(schema_of<typename T::value_type>(set));
  else if constexpr (detail::is_vector<T>)
    return R"({"type":"array","items":)" + schema_of<typename T::value_type>(set) + '}';
  else if constexpr (detail::is_string_map<T>)
    return R"({"type":"object","additionalProperties":)" + schema_of<typename T::mapped_type>(set) + '}';
  else if constexpr (described_enum<T>)
    return detail::named_schema<T>(set, [] { return detail::enum_schema<T>(); });
  else
    return detail::named_schema<T>(set, [&] { return detail::object_schema<T>(set); });
}

}  // namespace musterd
