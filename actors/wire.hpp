#pragma once

#include "common/json/json_read.hpp"

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/sec.hpp>

#include <string>

/// Described structs cross between nodes as JSON. Within a process messages are shared, never encoded.
namespace musterd {

template <class Inspector, described_struct T>
typename Inspector::result_type inspect(Inspector& f, T& x) {
  std::string text;
  if constexpr (Inspector::reads_state)
    text = to_json(x);
  auto load = [&]() -> caf::error {
    auto read = from_json<T>(text);
    if (!read)
      return caf::sec::invalid_argument;
    x = std::move(*read);
    return caf::none;
  };
  return f(text, caf::meta::load_callback(load));
}

}  // namespace musterd
