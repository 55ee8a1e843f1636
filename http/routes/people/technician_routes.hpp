#pragma once

#include "http/routing/route_table.hpp"
#include "persistence/sql/read_pool.hpp"

namespace musterd {

/// The technicians available for work (S90-AC6): /api/workexec/technicians.
void technician_routes(route_table& on, read_pool& reads);

}  // namespace musterd
