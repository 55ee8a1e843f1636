#include "http/routes/operations/supervision_routes.hpp"

#include "http/routing/call.hpp"

namespace musterd {

void supervision_routes(route_table& on, const supervision_tree& tree) {
  on.get("/api/ops/supervision", access::permission_everywhere("ops:supervision:view"),
         [&tree](http_call&& call) { call.respond(json_response(200, tree.snapshot())); },
         {"getSupervisionTree", "Supervisors and their children: state, restarts, last fault, figures.",
          nullptr, schema_of<supervision_node>});
}

}  // namespace musterd
