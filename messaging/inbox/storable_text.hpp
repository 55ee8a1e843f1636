#pragma once

#include <string>
#include <string_view>

namespace musterd {

/// Foreign text made fit for a text or jsonb column: NUL and invalid UTF-8 become '?'.
std::string storable_text(std::string_view text);

/// What is kept of an error in a row: its first 2,000 bytes.
std::string storable_error(std::string_view error);

}  // namespace musterd
