#pragma once

#include "domain/page.hpp"
#include "persistence/rows_as_json.hpp"

#include <pqxx/pqxx>

#include <string>
#include <string_view>

namespace musterd {

struct page_limits {
  std::int64_t index = 0;
  std::int64_t size = 20;

  /// How many rows come before the page, and how many up to its end: parameters $2 and $3 of `paged_sql`.
  std::int64_t first() const { return index * size; }
  std::int64_t last() const { return first() + size; }
};

/// SQL that answers one page of `source`, a SELECT whose columns are those of the item's description: rows of
/// (total, item as JSON). $1 is the tenant, $2 and $3 the limits, further parameters belong to the source.
std::string paged_sql(std::string_view source, std::string_view order);

/// A page behind the last has no row that could carry the total: it then comes from the row that the outer
/// join always yields.
template <class T>
page<T> read_page(const pqxx::result& rows, page_limits limits) {
  page<T> result{{}, limits.index, limits.size, 0};
  for (const auto& row : rows) {
    result.total_count = row[0].as<std::int64_t>();
    if (!row[1].is_null())
      result.items.push_back(value_from_row<T>(row[1].template as<std::string>()));
  }
  return result;
}

/// The single row of a statement that answers at most one item as JSON.
template <class T>
std::optional<T> read_one(const pqxx::result& rows) {
  if (rows.empty())
    return std::nullopt;
  return value_from_row<T>(rows[0][0].template as<std::string>());
}

/// An optional filter as a parameter: NULL means any.
template <class T>
std::optional<std::string> filter(const std::optional<T>& wanted) {
  if constexpr (std::same_as<T, std::string>)
    return wanted;
  else if constexpr (described_enum<T>)
    return wanted ? std::optional{std::string{enum_name(*wanted)}} : std::nullopt;
  else
    return wanted ? std::optional{to_string(*wanted)} : std::nullopt;
}

/// Ids as the literal of a uuid[].
template <class Id>
std::string uuid_array(const std::vector<Id>& ids) {
  std::string result = "{";
  for (const auto& id : ids)
    result += (result.size() > 1 ? "," : "") + to_string(id);
  return result + '}';
}

}  // namespace musterd
