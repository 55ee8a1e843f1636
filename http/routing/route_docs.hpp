#pragma once

#include "common/json/json_schema.hpp"
#include "common/known_fault.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// A query parameter of a route; undeclared ones are a 400. Parameters in the path are dropped from the list.
struct query_docs {
  std::string name;
  std::string description = {};
  schema_fn schema = schema_of<std::string>;
  bool required = false;
};

struct success_docs {
  int status;
  schema_fn response = nullptr;
};

/// A route's part of the OpenAPI document.
struct route_docs {
  /// Verb and noun, as a command's name or in camelCase: "clock_in", "getTimecard". Operation id and title
  /// derive from it.
  std::string name = {};
  std::string description = {};
  schema_fn request = nullptr;
  schema_fn response = nullptr;
  int success = 200;
  std::vector<query_docs> query = {};
  std::string_view response_type = "application/json";
  /// Refusals beyond those that follow from its access rule, body and parameters.
  std::vector<known_fault> faults = {};
  /// Other statuses of success, with another body.
  std::vector<success_docs> other_successes = {};
  /// Whether If-Match is honoured.
  bool if_match = false;
};

/// `pageIndex`, `pageToken` and `pageSize`, followed by the route's own parameters.
std::vector<query_docs> paged(std::vector<query_docs> own = {});

}  // namespace musterd
