#pragma once

#include <cstddef>
#include <string>

namespace musterd::testing {

/// An object whose member names all fall into one 4096th of the buckets of Boost.JSON's hash table: FNV-1a,
/// salted with the table's address, which for so large a table has a constant offset within its page.
std::string colliding_object(std::size_t members);

}  // namespace musterd::testing
