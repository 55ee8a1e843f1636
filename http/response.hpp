#pragma once

#include "common/json_write.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musterd {

struct http_response {
  int status = 200;
  std::string body;
  /// Static text.
  std::string_view content_type = "application/json";
  /// Becomes `ETag: "7"`.
  std::optional<std::int64_t> version;
  std::vector<std::pair<std::string_view, std::string>> headers;
};

template <class T>
http_response json_response(int status, const T& value) {
  http_response result;
  result.status = status;
  result.body.reserve(512);
  write_json(result.body, value);
  return result;
}

/// A resource that carries its own version, for ETag.
template <class T>
http_response versioned_response(const T& resource) {
  auto result = json_response(200, resource);
  result.version = resource.version;
  return result;
}

inline http_response no_content() {
  return {204, {}, {}, {}, {}};
}

}  // namespace musterd
