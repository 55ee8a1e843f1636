#include "http/routes/people/technician_routes.hpp"

#include "http/message/response.hpp"
#include "http/routing/database_route.hpp"
#include "http/routing/query.hpp"
#include "persistence/find/find_locations.hpp"
#include "persistence/find/find_technicians.hpp"

namespace musterd {
namespace {

outcome<http_response> available(pqxx::transaction_base& tx, const http_call& call) {
  query_reader query{call.request};
  auto place = query.require<location_uuid>("locationId");
  auto at = query.get<timestamp>("at").value_or(call.request.received_at);
  auto limits = page_of(query);
  if (!limits)
    return limits.error();
  if (!find_location(tx, call.who.tenant, place))
    return not_found("LOCATION_NOT_FOUND", "Location not found.");
  if (!call.who.covers(place))
    return call.deny();
  return json_response(200,
                       find_available_technicians(tx, call.who.tenant, call.people(), place, at, *limits));
}

}  // namespace

void technician_routes(route_table& on, read_pool& reads) {
  using namespace access;
  on.get("/api/workexec/technicians/available", permission("workexec:technician:view", covered_people),
         list_from_database(reads, available),
         {"listAvailableTechnicians",
          "Who can be given work at a shop, by name: placed there at that instant, with person and user "
          "ACTIVE "
          "now. Employment status does not count yet.",
          nullptr, schema_of<page<available_technician>>, 200,
          paged({{"locationId", "At this shop.", schema_of<location_uuid>, true},
                 {"at", "Placed there at this instant rather than now; status and timer are those of now.",
                  schema_of<timestamp>}})})
      .refused_with({known::not_found("LOCATION_NOT_FOUND")});
}

}  // namespace musterd
