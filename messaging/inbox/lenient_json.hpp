#pragma once

#include "common/json/json_read.hpp"

namespace musterd {
namespace detail {

/// Drops fields that T does not have, at every depth.
template <class T>
void keep_known(boost::json::value& value) {
  if constexpr (is_optional<T>) {
    keep_known<typename T::value_type>(value);
  } else if constexpr (is_vector<T>) {
    if (auto* items = value.if_array())
      for (auto& item : *items)
        keep_known<typename T::value_type>(item);
  } else if constexpr (described_struct<T> && !is_id<T> && !std::same_as<T, raw_json>) {
    auto* object = value.if_object();
    if (!object)
      return;
    boost::json::object kept;
    for_each_member<T>([&](auto d) {
      auto* found = object->if_contains(camel_name<decltype(d)>);
      if (!found)
        return;
      keep_known<std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>>(*found);
      kept[camel_name<decltype(d)>] = std::move(*found);
    });
    *object = std::move(kept);
  }
}

}  // namespace detail

/// Reads a neighbour's message; newer versions may have fields that we do not know.
template <class T>
outcome<T> read_leniently(boost::json::value from) {
  detail::keep_known<T>(from);
  return value_from_json<T>(from);
}

}  // namespace musterd
