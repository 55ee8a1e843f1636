#pragma once

#include "common/json/json_schema.hpp"
#include "common/known_fault.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// One query parameter a route understands; any other is a 400. What the path names is left out.
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

/// What a route tells the OpenAPI document about itself.
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
  /// What it may be refused with, beyond what follows from its access rule, its body and its parameters.
  std::vector<known_fault> faults = {};
  /// What else may be a success, with another body.
  std::vector<success_docs> other_successes = {};
  /// Whether it heeds the version in If-Match.
  bool if_match = false;
};

/// `pageIndex` and `pageSize`, followed by the route's own parameters.
std::vector<query_docs> paged(std::vector<query_docs> own = {});

}  // namespace musterd
