#pragma once

#include "http/routing/route_table.hpp"
#include "supervision/tree.hpp"

namespace musterd {

/// GET /api/ops/supervision: the tree as it is now.
void supervision_routes(route_table& on, const supervision_tree& tree);

}  // namespace musterd
