#pragma once

#include "http/route_table.hpp"
#include "persistence/read_pool.hpp"

namespace musterd {

/// Shops, and who is on the clock there.
void location_routes(route_table& on, read_pool& reads);

}  // namespace musterd
