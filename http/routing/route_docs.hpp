#pragma once

#include "common/json/json_schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// One query parameter a route understands; any other is a 400.
struct query_docs {
  std::string name;
  std::string description = {};
  schema_fn schema = schema_of<std::string>;
  bool required = false;
};

/// What a route tells the OpenAPI document about itself.
struct route_docs {
  /// The operation id: "clockIn".
  std::string name = {};
  std::string summary = {};
  schema_fn request = nullptr;
  schema_fn response = nullptr;
  int success = 200;
  std::vector<query_docs> query = {};
  std::string_view response_type = "application/json";
};

/// `pageIndex` and `pageSize`, followed by the route's own parameters.
std::vector<query_docs> paged(std::vector<query_docs> own = {});

}  // namespace musterd
