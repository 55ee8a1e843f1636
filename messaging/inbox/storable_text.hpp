#pragma once

#include <string>
#include <string_view>

namespace musterd {

/// What came from outside, fit for a text or jsonb column: NUL and bytes that are not UTF-8 become '?'.
std::string storable_text(std::string_view text);

}  // namespace musterd
