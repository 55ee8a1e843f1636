#pragma once

#include <cstddef>
#include <string>

namespace musterd::testing {

/// An object whose members' names fall into one bucket of a 4096th part of Boost.JSON's hash table: FNV-1a,
/// salted with the table's address, which for a table that large lies at the same place of every page.
std::string colliding_object(std::size_t members);

}  // namespace musterd::testing
