#pragma once

#include "common/json/described.hpp"
#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <charconv>
#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Described structs to JSON text, with no document in between: this is on the hot path.
namespace musterd {

/// camelCase for the wire, snake_case for rows.
enum class naming { wire, row };

/// Appends `text` quoted and escaped.
void append_json_string(std::string& out, std::string_view text);

template <naming Naming = naming::wire, class T>
void write_json(std::string& out, const T& value);

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<id<Tag>> = true;

template <class T>
inline constexpr bool is_string_map = false;
template <class T>
inline constexpr bool is_string_map<std::map<std::string, T>> = true;

template <naming Naming, class D>
constexpr std::string_view json_name() {
  if constexpr (Naming == naming::wire)
    return camel_name<D>;
  else
    return snake_name<D>;
}

template <naming Naming, described_struct T>
void write_members(std::string& out, const T& value) {
  out.push_back('{');
  bool first = true;
  for_each_member<T>([&](auto d) {
    if constexpr (is_clearable<std::remove_cvref_t<decltype(value.*d.pointer)>>)
      if (!(value.*d.pointer))
        return;  // null would clear the field
    if (!first)
      out.push_back(',');
    first = false;
    out.push_back('"');
    out.append(json_name<Naming, decltype(d)>());
    out.append("\":");
    write_json<Naming>(out, value.*d.pointer);
  });
  out.push_back('}');
}

/// Types that say how they are written as text: `append_to(out, value)`, read back by `T::parse(text)`.
template <class T>
concept has_text = requires(const T& value, std::string& out, std::string_view text) {
  append_to(out, value);
  { T::parse(text) } -> std::same_as<std::optional<T>>;
};

template <class T>
void append_quoted(std::string& out, const T& value) {
  out.push_back('"');
  append_to(out, value);
  out.push_back('"');
}

}  // namespace detail

template <naming Naming, class T>
void write_json(std::string& out, const T& value) {
  if constexpr (std::same_as<T, bool>) {
    out.append(value ? "true" : "false");
  } else if constexpr (std::integral<T> || std::floating_point<T>) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    append_json_string(out, value);
  } else if constexpr (std::same_as<T, raw_json>) {
    out.append(value.text.empty() ? std::string_view{"null"} : std::string_view{value.text});
  } else if constexpr (detail::is_id<T>) {
    detail::append_quoted(out, value.value);
  } else if constexpr (detail::has_text<T> || std::same_as<T, timestamp> || std::same_as<T, local_date>) {
    detail::append_quoted(out, value);
  } else if constexpr (is_optional<T>) {
    if (value)
      write_json<Naming>(out, *value);
    else
      out.append("null");
  } else if constexpr (described_enum<T>) {
    out.push_back('"');
    out.append(enum_name(value));
    out.push_back('"');
  } else if constexpr (detail::is_vector<T>) {
    out.push_back('[');
    for (bool first = true; const auto& item : value) {
      if (!first)
        out.push_back(',');
      first = false;
      write_json<Naming>(out, item);
    }
    out.push_back(']');
  } else if constexpr (detail::is_string_map<T>) {
    out.push_back('{');
    for (bool first = true; const auto& [key, item] : value) {
      if (!first)
        out.push_back(',');
      first = false;
      append_json_string(out, key);
      out.push_back(':');
      write_json<Naming>(out, item);
    }
    out.push_back('}');
  } else {
    static_assert(described_struct<T>, "describe this type with BOOST_DESCRIBE_STRUCT to write it as JSON");
    detail::write_members<Naming>(out, value);
  }
}

template <naming Naming = naming::wire, class T>
std::string to_json(const T& value) {
  std::string out;
  write_json<Naming>(out, value);
  return out;
}

}  // namespace musterd
