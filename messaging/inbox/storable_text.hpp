#pragma once

#include <string>
#include <string_view>

namespace musterd {

/// Foreign text made fit for a text or jsonb column: NUL and invalid UTF-8 become '?'.
std::string storable_text(std::string_view text);

}  // namespace musterd
