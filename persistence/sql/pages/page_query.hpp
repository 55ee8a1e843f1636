#pragma once

#include "domain/kernel/page.hpp"
#include "persistence/sql/pages/page_token.hpp"
#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

#include <pqxx/pqxx>

#include <string>
#include <string_view>

namespace musterd {

/// Limit of counting a list and of `pageIndex`: both cost every row they pass.
inline constexpr std::int64_t most_counted = 10'000;
/// A page ends with the item that reaches this, however many were requested.
inline constexpr std::int64_t most_page_bytes = 4 * 1024 * 1024;

struct page_limits {
  std::int64_t index = 0;
  std::int64_t size = 20;
  /// The previous page's `nextPageToken`, instead of an index.
  std::optional<std::string> token = {};
  std::int64_t count_up_to = most_counted;
};

/// SQL that cuts `rows`, ordered by their column `position`, to a page of `most_page_bytes` and adds their
/// original number as `there`. `bytes` is the size of one row.
std::string page_of_bytes(std::string_view rows, std::string_view bytes);

/// A list as a prepared statement that reads any of its pages.
class list_statement {
 public:
  /// `source` is a SELECT with the columns of the item's description. $1 is the tenant, $2 and $3 select the
  /// page, further parameters belong to the source.
  list_statement(std::string name, std::string_view source, list_order order);

  /// Throws `page_token_refused`.
  template <class T, class... Args>
  page<T> read(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits,
               const Args&... own) const {
    auto start = start_of(limits);
    auto rows = statement_.run(tx, to_string(tenant), place_of(start), window_of(limits), own...);
    page<T> result{{}, start ? start->page_index : limits.index, limits.size};
    count(rows, limits, result.total_count, result.total_is_exact);
    for (const auto& row : rows)
      if (!row[1].is_null() && static_cast<std::int64_t>(result.items.size()) < limits.size)
        result.items.push_back(value_from_row<T>(row[1].template as<std::string>()));
    result.next_page_token = next_token(rows, result.items.size(), result.page_index);
    return result;
  }

 private:
  std::optional<page_start> start_of(const page_limits& limits) const;
  static std::optional<std::string> place_of(const std::optional<page_start>& start);
  static std::string window_of(const page_limits& limits);
  static void count(const pqxx::result& rows, const page_limits& limits, std::int64_t& total, bool& exact);
  std::optional<std::string> next_token(const pqxx::result& rows, std::size_t shown,
                                        std::int64_t page_index) const;

  list_order order_;
  statement statement_;
};

/// The item (as JSON) of a statement that returns at most one row.
template <class T>
std::optional<T> read_one(const pqxx::result& rows) {
  if (rows.empty())
    return std::nullopt;
  return value_from_row<T>(rows[0][0].template as<std::string>());
}

/// An optional filter as a parameter; NULL matches anything.
template <class T>
std::optional<std::string> filter(const std::optional<T>& wanted) {
  if constexpr (std::same_as<T, std::string>)
    return wanted;
  else if constexpr (described_enum<T>)
    return wanted ? std::optional{std::string{enum_name(*wanted)}} : std::nullopt;
  else
    return wanted ? std::optional{to_string(*wanted)} : std::nullopt;
}

/// A LIKE pattern that matches `part` anywhere; both sides must be lower case.
std::string anywhere(std::string_view part);

}  // namespace musterd
