#pragma once

#include "common/json_read.hpp"

#include <stdexcept>
#include <string>

namespace musterd {

/// Reads a value that SQL built as JSON with column names. What does not fit its description is a bug or a
/// tampered database: std::runtime_error.
template <class T>
T value_from_row(const std::string& json) {
  auto result = from_json<T, naming::row>(json);
  if (!result)
    throw std::runtime_error{"a row does not fit its description: " + result.error().message + " in " + json.substr(0, 200)};
  return std::move(*result);
}

/// `to_jsonb(t) - 'tenant_id'`, with timestamps in UTC whatever the session's zone is.
/// Queries that use it run after `SET TIME ZONE 'UTC'`, which every connection of ours does at start.
inline std::string row_json(std::string_view alias) {
  return "to_jsonb(" + std::string{alias} + ") - 'tenant_id'";
}

}  // namespace musterd
