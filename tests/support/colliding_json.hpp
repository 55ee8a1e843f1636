#pragma once

#include <cstddef>
#include <string>

namespace musterd::testing {

/// An object whose member names share one 4096th of Boost.JSON's hash buckets: FNV-1a is salted with the
/// table's address, which in so large a table has a constant offset within its page.
std::string colliding_object(std::size_t members);

}  // namespace musterd::testing
