#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

/// Permission keys and scopes as sets: sorted, without duplicates.
namespace musterd {

template <class T>
std::vector<T> sorted_uniquely(std::vector<T> items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

inline std::vector<std::string> without(const std::vector<std::string>& keys,
                                        const std::vector<std::string>& others) {
  std::vector<std::string> result;
  std::ranges::set_difference(keys, others, std::back_inserter(result));
  return result;
}

}  // namespace musterd
