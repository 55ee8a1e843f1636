#pragma once

#include "common/json_write.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musterd {

/// An open file whose content is an answer's body; it is sent in pieces and never in memory as a whole.
class file_body {
 public:
  /// Nothing if it cannot be opened.
  static std::shared_ptr<const file_body> open(const std::string& path);
  file_body(int descriptor, std::uint64_t size) : descriptor_{descriptor}, size_{size} {}
  ~file_body();
  file_body(const file_body&) = delete;
  file_body& operator=(const file_body&) = delete;

  std::uint64_t size() const { return size_; }
  /// Appends what is at `offset`, at most one piece; false if it is not there any more.
  bool append_piece(std::string& out, std::uint64_t offset) const;

 private:
  int descriptor_;
  std::uint64_t size_;
};

struct http_response {
  int status = 200;
  std::string body;
  /// Static text.
  std::string_view content_type = "application/json";
  /// Becomes `ETag: "7"`.
  std::optional<std::int64_t> version;
  std::vector<std::pair<std::string_view, std::string>> headers;
  /// Instead of `body`.
  std::shared_ptr<const file_body> file = {};
  /// The answer to an earlier request with the same Idempotency-Key; says so in a header.
  bool replayed = false;
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
