#pragma once

#include "common/json/described.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace musterd {

/// One page of a list (D-5).
template <class T>
struct page {
  std::vector<T> items;
  std::int64_t page_index = 0;
  std::int64_t page_size = 20;
  std::int64_t total_count = 0;
  /// False when counting stopped at `total_count`.
  bool total_is_exact = true;
  /// Token for the next page, at any depth; absent on the last.
  std::optional<std::string> next_page_token = {};
  BOOST_DESCRIBE_CLASS(page, (), (items, page_index, page_size, total_count, total_is_exact, next_page_token),
                       (), ())
};

/// The same page with its items replaced.
template <class T, class U>
page<T> with_items(const page<U>& from, std::vector<T> items) {
  return {std::move(items), from.page_index,     from.page_size,
          from.total_count, from.total_is_exact, from.next_page_token};
}

}  // namespace musterd
