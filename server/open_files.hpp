#pragma once

#include <cstddef>

namespace musterd {

/// How many of the `wanted` connections there are open files for, after asking for as many files as may be:
/// with all of them spent, none would be left for the database, the broker or the operators' listener.
std::size_t affordable_connections(std::size_t wanted);

}  // namespace musterd
