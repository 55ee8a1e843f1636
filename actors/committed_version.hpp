#pragma once

#include "actors/environment.hpp"

namespace musterd {

/// Looks on the lane of commands, like those who wake a record. A lane that is full, or a database that is
/// away, is answered as such.
version_reader committed_versions(read_pool& reads);

}  // namespace musterd
