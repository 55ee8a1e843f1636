#include "http/routes/people/location_routes.hpp"

#include "http/routing/command_route.hpp"
#include "http/routing/query.hpp"
#include "persistence/find/find_locations.hpp"

namespace musterd {
namespace {

outcome<http_response> list_locations(pqxx::transaction_base& tx, const http_call& call) {
  auto limits = page_of(call.request);
  if (!limits)
    return limits.error();
  return json_response(200,
                       find_locations(tx, call.who.tenant, call.who.everywhere, call.who.locations, *limits));
}

outcome<http_response> one_location(pqxx::transaction_base& tx, const http_call& call) {
  auto place = call.id_parameter<location_uuid>("locationId");
  if (!place)
    return place.error();
  auto found = find_location(tx, call.who.tenant, *place);
  if (!found)
    return not_found("LOCATION_NOT_FOUND", "Location not found.");
  if (!call.who.covers(*place))
    return call.deny();
  return versioned_response(*found);
}

outcome<http_response> on_the_clock(pqxx::transaction_base& tx, const http_call& call) {
  auto place = call.id_parameter<location_uuid>("id");
  if (!place)
    return place.error();
  auto limits = page_of(call.request);
  if (!limits)
    return limits.error();
  if (!find_location(tx, call.who.tenant, *place))
    return not_found("LOCATION_NOT_FOUND", "Location not found.");
  if (!call.who.covers(*place))
    return call.deny();
  return json_response(200, find_on_the_clock(tx, call.who.tenant, call.people(), *place, *limits));
}

}  // namespace

void location_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads) {
  using namespace access;
  on.get("/api/people/locations", self, list_from_database(reads, list_locations),
         {"listLocations", "The shops the caller may see, by code.", nullptr, schema_of<page<location>>, 200,
          paged()});
  on.post("/api/people/locations", permission_everywhere("people:location:create"),
          of_company<create_location>(companies), command_docs<create_location>("Opens a shop."));
  on.get("/api/people/locations/{locationId}", permission("people:location:view", no_people),
         from_database(reads, one_location), {"getLocation", "One shop.", nullptr, schema_of<location>})
      .refused_with({known::not_found("LOCATION_NOT_FOUND")});
  on.patch("/api/people/locations/{locationId}", permission_everywhere("people:location:update"),
           of_company<update_location>(companies),
           command_docs<update_location>("Changes a shop; its code never changes."));
  on.get("/api/people/locations/{id}/on-the-clock", permission("timekeeping:timecard:view", covered_people),
         list_from_database(reads, on_the_clock),
         {"listOnTheClock", "Who is in at a shop, who is on a break, since when.", nullptr,
          schema_of<page<clocked_in_person>>, 200, paged()})
      .refused_with({known::not_found("LOCATION_NOT_FOUND")});
}

}  // namespace musterd
