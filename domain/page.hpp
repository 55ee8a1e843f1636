#pragma once

#include "common/described.hpp"

#include <cstdint>
#include <vector>

namespace musterd {

/// One page of a list (DECISIONS, section 1).
template <class T>
struct page {
  std::vector<T> items;
  std::int64_t page_index = 0;
  std::int64_t page_size = 20;
  std::int64_t total_count = 0;
  BOOST_DESCRIBE_CLASS(page, (), (items, page_index, page_size, total_count), (), ())
};

}  // namespace musterd
