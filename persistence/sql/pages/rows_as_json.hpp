#pragma once

#include "common/json/json_read.hpp"

#include <stdexcept>
#include <string>

namespace musterd {

/// A row that does not match its description: a bug, a newer server's row, or a tampered database.
struct row_not_readable : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Reads a value that SQL built as JSON keyed by column name, as `to_jsonb(t) - 'tenant_id'` does. Throws
/// row_not_readable.
template <class T>
T value_from_row(const std::string& json) {
  auto result = from_json<T, naming::row>(json);
  if (!result)
    throw row_not_readable{"a row does not fit its description: " + result.error().message + " in " +
                           json.substr(0, 200)};
  return std::move(*result);
}

}  // namespace musterd
