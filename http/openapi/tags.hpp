#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace musterd {

/// A chapter of the document: related routes, by how their paths begin.
struct route_tag {
  std::string_view name;
  std::string_view description;
  std::array<std::string_view, 4> paths;
};

/// In the order in which a newcomer gets to know the server.
std::span<const route_tag> route_tags();

/// Index in `route_tags()` by longest prefix. Without a match, the number of tags, and no tag: the linters
/// report that.
std::size_t tag_of(std::string_view path);

}  // namespace musterd
