#pragma once

#include <cstddef>
#include <string>

namespace musterd {

/// So many letters and digits that do not look alike, 5 bits each, for passwords and secrets.
std::string random_text(std::size_t length);

}  // namespace musterd
