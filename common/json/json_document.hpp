#pragma once

#include "common/fault.hpp"

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

namespace musterd {

/// Limits for untrusted JSON. Anybody can make Boost.JSON's hash of member names collide; with few members
/// per object that costs little.
struct json_limits {
  static constexpr std::size_t depth = 32;
  static constexpr std::size_t members_per_object = 256;
  static constexpr std::size_t name_bytes = 256;
};

/// The document, or MALFORMED_JSON saying where it stops being JSON, what is too large, or which member an
/// object repeats. All of that is detected before the offending object is built.
outcome<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr memory = {});

}  // namespace musterd
