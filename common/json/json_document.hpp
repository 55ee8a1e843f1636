#pragma once

#include "common/fault.hpp"

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

namespace musterd {

/// Limits for untrusted JSON. Names can be made to collide in Boost.JSON's hash; few members keep that cheap.
struct json_limits {
  static constexpr std::size_t depth = 32;
  static constexpr std::size_t members_per_object = 256;
  static constexpr std::size_t name_bytes = 256;
};

/// The document, or MALFORMED_JSON saying where it is not JSON, what is too large, or which member is
/// repeated; detected before the object concerned is built.
outcome<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr memory = {});

}  // namespace musterd
