#pragma once

#include "common/json/json_write.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musterd {

/// A body sent in pieces: each connection holds one, however long the body or slow the reader.
class long_body {
 public:
  virtual ~long_body() = default;
  virtual std::uint64_t size() const = 0;
  /// Appends at most one piece, starting at `offset`; false if there is nothing there any more.
  virtual bool append_piece(std::string& out, std::uint64_t offset) const = 0;

  static constexpr std::uint64_t piece = 64 * 1024;
};

/// A text shared by many answers.
class shared_text final : public long_body {
 public:
  explicit shared_text(std::string text) : text_{std::move(text)} {}
  std::uint64_t size() const override { return text_.size(); }
  bool append_piece(std::string& out, std::uint64_t offset) const override;

 private:
  std::string text_;
};

/// An open file; never held in memory as a whole.
class file_body final : public long_body {
 public:
  /// Null if it cannot be opened.
  static std::shared_ptr<const file_body> open(const std::string& path);
  file_body(int descriptor, std::uint64_t size) : descriptor_{descriptor}, size_{size} {}
  ~file_body() override;
  file_body(const file_body&) = delete;
  file_body& operator=(const file_body&) = delete;

  std::uint64_t size() const override { return size_; }
  bool append_piece(std::string& out, std::uint64_t offset) const override;

 private:
  int descriptor_;
  std::uint64_t size_;
};

struct http_response {
  int status = 200;
  std::string body;
  /// Must be a static text.
  std::string_view content_type = "application/json";
  /// Becomes `ETag: "7"`.
  std::optional<std::int64_t> version;
  std::vector<std::pair<std::string_view, std::string>> headers;
  /// Sent instead of `body`.
  std::shared_ptr<const long_body> rest = {};
  /// Whether this is the answer to an earlier request with the same Idempotency-Key; a header says so.
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

/// For a resource that carries its own version, which becomes the ETag.
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
