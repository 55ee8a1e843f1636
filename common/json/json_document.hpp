#pragma once

#include "common/fault.hpp"

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

namespace musterd {

/// What foreign JSON may be like. An object with few members costs little however its names were chosen:
/// Boost.JSON hashes them with a hash that anybody can make collide.
struct json_limits {
  static constexpr std::size_t depth = 32;
  static constexpr std::size_t members_per_object = 256;
  static constexpr std::size_t name_bytes = 256;
};

/// The document, or the fault MALFORMED_JSON that says where it stops being JSON, what of it is too large, or
/// which member an object has twice. All of that is found before the object concerned is built.
outcome<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr memory = {});

}  // namespace musterd
