#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace musterd {

/// A chapter of the document: what belongs together, by where its paths begin.
struct route_tag {
  std::string_view name;
  std::string_view description;
  std::array<std::string_view, 4> paths;
};

/// In the order in which somebody new gets to know the server.
std::span<const route_tag> route_tags();

/// The place in `route_tags()` of the longest beginning of the path that any has. A path that none has gets
/// the number of tags, and no tag: the linters say so.
std::size_t tag_of(std::string_view path);

}  // namespace musterd
