#pragma once

#include "common/text/text.hpp"

#include <string_view>

namespace musterd {

bool is_utf8(std::string_view text);

}  // namespace musterd
