#pragma once

#include "actors/environment.hpp"

namespace musterd {

/// Reads on the commands' lane, like waking records. A full lane or an unreachable database is reported as
/// such.
version_reader version_reader_of(read_pool& reads);

}  // namespace musterd
