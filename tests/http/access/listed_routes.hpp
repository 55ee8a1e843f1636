#pragma once

#include "tests/http/time/stage.hpp"

namespace musterd::testing {

/// A route as GET /openapi.json lists it.
struct listed_route {
  std::string method, path, access, permission, people;

  /// The path with every parameter replaced by `id`; a permission's key by an existing one.
  std::string path_with(const std::string& id) const;
};

std::vector<listed_route> listed_routes(company_server& at);

/// `body` for methods that take one.
http_message message_for(const listed_route& route, const std::string& body = "{}");

}  // namespace musterd::testing
