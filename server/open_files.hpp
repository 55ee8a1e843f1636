#pragma once

#include <cstddef>

namespace musterd {

/// How many files this process may have open, after asking for as many as it may ask for.
std::size_t open_files_limit();

}  // namespace musterd
