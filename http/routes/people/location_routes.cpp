#include "http/routes/people/location_routes.hpp"

#include "domain/company/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/find_locations.hpp"

namespace musterd {
namespace {

outcome<http_response> list_locations(pqxx::transaction_base& tx, const http_call& call,
                                      const whole_list& /*all*/, const page_limits& limits) {
  const auto& where = call.who.where();
  return json_response(200, find_locations(tx, call.who.tenant, where.everywhere, where.locations, limits));
}

outcome<http_response> one_location(pqxx::transaction_base& tx, const http_call& call) {
  auto place = call.id_parameter<location_uuid>("locationId");
  if (!place)
    return place.error();
  auto found = find_location(tx, call.who.tenant, *place);
  if (!found)
    return location_not_found;
  if (!call.who.covers(*place))
    return call.deny();
  return versioned_response(*found);
}

struct clock_of_shop {
  location_uuid id;
  static constexpr std::array<std::string_view, 1> meanings{"Which shop."};
};
BOOST_DESCRIBE_STRUCT(clock_of_shop, (), (id))

outcome<http_response> on_the_clock(pqxx::transaction_base& tx, const http_call& call,
                                    const clock_of_shop& shop, const page_limits& limits) {
  if (!find_location(tx, call.who.tenant, shop.id))
    return location_not_found;
  if (!call.who.covers(shop.id))
    return call.deny();
  return json_response(200, find_on_the_clock(tx, call.who.tenant, call.people(), shop.id, limits));
}

}  // namespace

void location_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads) {
  using namespace access;
  on.get("/api/people/locations", self, list_of<whole_list>(reads, list_locations),
         list_docs<whole_list, location>("listLocations", "The shops the caller may see, by code."));
  on.post("/api/people/locations", permission_everywhere("people:location:create"),
          on_company<create_location>(companies), command_docs<create_location>("Opens a shop."));
  on.get("/api/people/locations/{locationId}", permission("people:location:view", no_people),
         from_database(reads, one_location), {"getLocation", "One shop.", nullptr, schema_of<location>})
      .refused_with({location_not_found});
  on.patch("/api/people/locations/{locationId}", permission_everywhere("people:location:update"),
           on_company<update_location>(companies),
           command_docs<update_location>("Changes a shop; its code never changes."));
  on.get("/api/people/locations/{id}/on-the-clock", permission("timekeeping:timecard:view", covered_people),
         list_of<clock_of_shop>(reads, on_the_clock),
         list_docs<clock_of_shop, clocked_in_person>("listOnTheClock",
                                                     "Who is in at a shop, who is on a break, since when."))
      .refused_with({location_not_found});
}

}  // namespace musterd
