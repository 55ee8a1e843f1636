#pragma once

#include "common/json/json_write.hpp"
#include "domain/kernel/sql_value.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

/// How described structs become rows. A row type names its table next to its description; columns are
/// `tenant_id`, in every table, and its members.
namespace musterd {

enum class write_mode {
  /// Rows are only ever added.
  insert,
  /// Rows carry a `version`: 1 is inserted, any other must be exactly one above the stored one.
  versioned,
  /// Writes nothing: the stored row must have this `version`, and is locked until the commit is done.
  compared,
};

/// What a commit does with a row.
enum class row_action { compare, insert, update };

/// A column: its name, its SQL type, and how an array element becomes its value.
struct column_spec {
  std::string_view name;
  /// Element type of the array that carries the column's values: "uuid" for uuid[].
  std::string_view element_type;
  /// Cast applied to the element; empty if it needs none.
  std::string_view cast;
};

struct table_spec {
  std::string_view name;
  std::string_view key;
  write_mode mode;
  std::vector<column_spec> columns;
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
struct compared_table {
  static constexpr auto name = Name.view(), key = Key.view();
  static constexpr auto mode = write_mode::compared;
};

template <text_argument Name, text_argument Key>
struct insert_table {
  static constexpr auto name = Name.view(), key = Key.view();
  static constexpr auto mode = write_mode::insert;
};

template <class Row>
struct table_of;

/// A row to write. Values are elements of PostgreSQL array literals, because a batch writes one array per
/// column; see persistence/journal/commit_batch.cpp.
class row_write {
 public:
  explicit row_write(const table_spec& table) : table_{&table} { ends_.reserve(table.columns.size()); }
  /// The same elements for a table with more columns at the end.
  row_write(const table_spec& wider, const row_write& from)
      : table_{&wider}, action_{from.action_}, text_{from.text_}, ends_{from.ends_} {}

  const table_spec& table() const { return *table_; }
  row_action action() const { return action_; }
  /// Whether it updates a stored version rather than being new.
  bool is_update() const { return action_ == row_action::update; }
  void becomes(row_action action) { action_ = action; }

  std::size_t size() const { return ends_.size(); }
  std::string_view element(std::size_t column) const {
    auto begin = column == 0 ? 0 : ends_[column - 1];
    return std::string_view{text_}.substr(begin, ends_[column] - begin);
  }
  template <class T>
  void add(const T& value) {
    append_array_element(text_, value);
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  }
  /// All elements concatenated, for tests and debugging.
  const std::string& text() const { return text_; }

 private:
  const table_spec* table_;
  row_action action_ = row_action::insert;
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

template <class Row>
const table_spec& spec_of() {
  static const table_spec spec = [] {
    table_spec result{
        table_of<Row>::name, table_of<Row>::key, table_of<Row>::mode, {{"tenant_id", "uuid", ""}}};
    for_each_member<Row>([&](auto d) {
      using member = std::remove_cvref_t<decltype(std::declval<Row>().*d.pointer)>;
      result.columns.push_back({snake_name<decltype(d)>, sql_type<member>::element, sql_type<member>::cast});
    });
    return result;
  }();
  return spec;
}

template <class Row>
row_write write_row(tenant_uuid tenant, const Row& row) {
  row_write result{spec_of<Row>()};
  result.add(tenant);
  for_each_member<Row>([&](auto d) { result.add(row.*d.pointer); });
  if constexpr (table_of<Row>::mode == write_mode::compared)
    result.becomes(row_action::compare);
  else if constexpr (table_of<Row>::mode == write_mode::versioned)
    if (row.version > 1)
      result.becomes(row_action::update);
  return result;
}

}  // namespace musterd
