#pragma once

#include "common/json/json_write.hpp"

#include <utility>

/// Described structs as CSV lines (RFC 4180). No cell starts like a formula, which a spreadsheet would run.
namespace musterd {
namespace detail {

/// Skips leading blanks, which a spreadsheet may drop, and knows full-width signs, which it may accept.
bool begins_like_formula(std::string_view text);

inline void append_csv_text(std::string& out, std::string_view text) {
  out += '"';
  if (begins_like_formula(text))
    out += '\'';
  for (char c : text) {
    if (c == '"')
      out += '"';
    out += c;
  }
  out += '"';
}

template <class T>
void append_csv_value(std::string& out, const T& value) {
  if constexpr (is_optional<T>) {
    if (value)
      append_csv_value(out, *value);
  } else if constexpr (std::same_as<T, std::string>) {
    append_csv_text(out, value);
  } else if constexpr (std::same_as<T, raw_json>) {
    append_csv_text(out, value.text);
  } else if constexpr (is_vector<T>) {
    std::string joined;
    for (const auto& item : value)
      joined += (joined.empty() ? "" : " ") + item;
    append_csv_text(out, joined);
  } else if constexpr (described_enum<T>) {
    out += enum_name(value);
  } else if constexpr (is_id<T>) {
    append_to(out, value.value);
  } else if constexpr (std::integral<T>) {
    out += std::to_string(value);
  } else {
    append_to(out, value);
  }
}

}  // namespace detail

/// T's field names, line ending included.
template <class T>
std::string csv_header() {
  std::string out;
  for_each_member<T>([&](auto d) {
    out += out.empty() ? "" : ",";
    out += camel_name<decltype(d)>;
  });
  return out + "\r\n";
}

template <class T>
void append_csv_line(std::string& out, const T& row) {
  bool first = true;
  for_each_member<T>([&](auto d) {
    if (!std::exchange(first, false))
      out += ',';
    detail::append_csv_value(out, row.*d.pointer);
  });
  out += "\r\n";
}

}  // namespace musterd
