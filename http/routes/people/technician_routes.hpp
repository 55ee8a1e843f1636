#pragma once

#include "http/routing/route_table.hpp"
#include "persistence/sql/read_pool.hpp"

namespace musterd {

/// Who can be given work (S90-AC6): /api/workexec/technicians.
void technician_routes(route_table& on, read_pool& reads);

}  // namespace musterd
