#pragma once

#include <cstddef>
#include <string>

namespace musterd {

/// Letters and digits that cannot be confused, 5 bits each, for passwords and secrets.
std::string random_text(std::size_t length);

}  // namespace musterd
