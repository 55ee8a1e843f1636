#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// A page token that this list did not issue.
struct page_token_refused : std::runtime_error {
  page_token_refused() : std::runtime_error{"not a page token of this list"} {}
};

/// A list's sort order: columns of its source, or expressions over them. The last makes the order total; all
/// sort in the same direction, so that one index range begins at any row.
class list_order {
 public:
  enum class kind { text, id, instant, date };
  struct column {
    std::string sql;
    kind what;
  };

  explicit list_order(std::vector<column> columns, bool newest_first = false)
      : columns_{std::move(columns)}, newest_first_{newest_first} {}

  /// "a DESC, b DESC"
  std::string by() const;
  /// A row's sort key as a JSON array.
  std::string place() const;
  /// SQL: whether a row comes after the place in that parameter ("$2").
  std::string behind(std::string_view parameter) const;

  /// Parses a place and rewrites it as PostgreSQL accepts it. Throws `page_token_refused` for JSON that is
  /// not a place in this order.
  std::string normalized(std::string_view place) const;

 private:
  std::vector<column> columns_;
  bool newest_first_;
};

/// Where a page begins: after this row of the list.
struct page_start {
  std::int64_t page_index = 0;
  /// JSON from `list_order::place`.
  std::string behind;
};

std::string page_token(std::string_view list, const page_start& next);
/// Throws `page_token_refused`.
page_start read_page_token(std::string_view token, std::string_view list, const list_order& order);

}  // namespace musterd
