#include "http/location_routes.hpp"

#include "http/database_route.hpp"
#include "http/query.hpp"
#include "persistence/find_locations.hpp"

namespace musterd {
namespace {

outcome<page_limits> page_of(const http_call& call) {
  query_reader query{call.request};
  auto asked = query.page();
  if (auto ok = query.check(); !ok)
    return ok.error();
  return page_limits{asked.index, asked.size};
}

outcome<http_response> list_locations(pqxx::transaction_base& tx, const http_call& call) {
  auto limits = page_of(call);
  if (!limits)
    return limits.error();
  return json_response(200,
                       find_locations(tx, call.who.tenant, call.who.everywhere, call.who.locations, *limits));
}

outcome<http_response> on_the_clock(pqxx::transaction_base& tx, const http_call& call) {
  auto place = call.id_parameter<location_uuid>("id");
  if (!place)
    return place.error();
  auto limits = page_of(call);
  if (!limits)
    return limits.error();
  if (find_locations(tx, call.who.tenant, false, {*place}, {}).items.empty())
    return not_found("LOCATION_NOT_FOUND", "Location not found.");
  if (!call.who.covers(*place))
    return access_denied();
  return json_response(200, find_on_the_clock(tx, call.who.tenant, *place, *limits));
}

}  // namespace

void location_routes(route_table& on, read_pool& reads) {
  using namespace access;
  on.get("/api/people/locations", self, from_database(reads, list_locations),
         {"listLocations", "The shops the caller may see, by code.", nullptr, schema_of<page<location>>, 200,
          paged()});
  on.get("/api/people/locations/{id}/on-the-clock", permission("timekeeping:timecard:view"),
         from_database(reads, on_the_clock),
         {"listOnTheClock", "Who is in at a shop, who is on a break, since when.", nullptr,
          schema_of<page<clocked_in_person>>, 200, paged()});
}

}  // namespace musterd
