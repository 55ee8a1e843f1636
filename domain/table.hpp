#pragma once

#include "common/json_write.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

/// How described structs become rows. A row type names its table once, beside its description; columns are its
/// members, with `tenant_id` before them in every table.
namespace musterd {

enum class write_mode {
  /// Rows are only ever added.
  insert,
  /// Rows carry a `version`; a write must follow the stored version by exactly one (or be version 1, new).
  versioned,
};

struct table_spec {
  std::string_view name;
  std::string_view key;
  write_mode mode;
  std::vector<std::string_view> columns;
};

/// A string usable as a template argument.
template <std::size_t N>
struct text_argument {
  char chars[N]{};
  constexpr text_argument(const char (&text)[N]) { std::copy_n(text, N, chars); }
  constexpr std::string_view view() const { return {chars, N - 1}; }
};

template <text_argument Name, text_argument Key>
struct versioned_table {
  static constexpr auto name = Name.view(), key = Key.view();
  static constexpr auto mode = write_mode::versioned;
};

template <text_argument Name, text_argument Key>
struct insert_table {
  static constexpr auto name = Name.view(), key = Key.view();
  static constexpr auto mode = write_mode::insert;
};

template <class Row>
struct table_of;

template <class Row>
const table_spec& spec_of() {
  static const table_spec spec = [] {
    table_spec result{table_of<Row>::name, table_of<Row>::key, table_of<Row>::mode, {"tenant_id"}};
    for_each_member<Row>([&](auto d) { result.columns.push_back(snake_name<decltype(d)>); });
    return result;
  }();
  return spec;
}

/// One row to be written: the table and the row as a JSON object with its column names.
struct row_write {
  const table_spec* table = nullptr;
  std::string json;
};

template <class Row>
row_write write_row(tenant_uuid tenant, const Row& row) {
  row_write result{&spec_of<Row>(), {}};
  auto& out = result.json;
  out.reserve(384);
  out += "{\"tenant_id\":\"";
  append_to(out, tenant.value);
  out += "\",";
  auto begin = out.size();
  write_json<naming::row>(out, row);
  out.erase(begin, 1);  // the row's own opening brace
  return result;
}

}  // namespace musterd
