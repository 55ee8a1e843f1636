#pragma once

#include "common/text.hpp"

#include <string_view>

namespace musterd {

bool is_utf8(std::string_view text);

/// Blank to tilde.
inline bool is_printable_ascii(std::string_view text) {
  for (char c : text)
    if (c < 0x20 || c > 0x7e)
      return false;
  return true;
}

}  // namespace musterd
