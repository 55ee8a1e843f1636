#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// A page token that no page of this list gave.
struct page_token_refused : std::runtime_error {
  page_token_refused() : std::runtime_error{"not a page token of this list"} {}
};

/// What a list is sorted by: columns of its source, or expressions over them. The last makes the order total;
/// all go the same way, so that one index range begins at any row.
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
  /// A row's place, as a JSON array.
  std::string place() const;
  /// Whether a row comes behind the place in that parameter ("$2").
  std::string behind(std::string_view parameter) const;

  /// Parses a place and writes it as PostgreSQL accepts it. Throws `page_token_refused` for JSON that is no
  /// place in this order.
  std::string normalized(std::string_view place) const;

 private:
  std::vector<column> columns_;
  bool newest_first_;
};

/// Where a page begins: behind a row of the list.
struct page_start {
  std::int64_t page_index = 0;
  /// JSON, as `list_order::place` made it.
  std::string behind;
};

std::string page_token(std::string_view list, const page_start& next);
/// Throws `page_token_refused`.
page_start read_page_token(std::string_view token, std::string_view list, const list_order& order);

}  // namespace musterd
