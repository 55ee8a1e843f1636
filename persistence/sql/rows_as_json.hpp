#pragma once

#include "common/json/json_read.hpp"

#include <stdexcept>
#include <string>

namespace musterd {

/// Reads a value that SQL built as JSON with column names, as `to_jsonb(t) - 'tenant_id'` does. What does not
/// fit its description is a bug or a tampered database: std::runtime_error.
template <class T>
T value_from_row(const std::string& json) {
  auto result = from_json<T, naming::row>(json);
  if (!result)
    throw std::runtime_error{"a row does not fit its description: " + result.error().message + " in " +
                             json.substr(0, 200)};
  return std::move(*result);
}

}  // namespace musterd
