#pragma once

#include <boost/json.hpp>

#include <cstddef>

namespace musterd::testing {

/// How many values it contains, including itself.
inline std::size_t values_in(const boost::json::value& of) {
  std::size_t count = 1;
  if (of.is_array())
    for (const auto& item : of.get_array())
      count += values_in(item);
  else if (of.is_object())
    for (const auto& [name, member] : of.get_object())
      count += values_in(member);
  return count;
}

}  // namespace musterd::testing
