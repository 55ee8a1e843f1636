#pragma once

#include <cstddef>

namespace musterd {

/// How many of the `wanted` connections the open-file limit allows, after raising it as far as possible:
/// spending all would leave none for the database, the broker or the operators' listener.
std::size_t affordable_connections(std::size_t wanted);

}  // namespace musterd
