#include "http/routes/people/technician_routes.hpp"

#include "domain/company/faults.hpp"
#include "http/message/response.hpp"
#include "http/routing/database_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/find_locations.hpp"
#include "persistence/find/find_technicians.hpp"

namespace musterd {
namespace {

struct work_to_give {
  location_uuid location_id;
  std::optional<timestamp> at;
  static constexpr std::array<std::string_view, 2> meanings{
      "At this shop.", "Placed there at this instant rather than now; status and timer are those of now."};
};
BOOST_DESCRIBE_STRUCT(work_to_give, (), (location_id, at))

outcome<http_response> available(pqxx::transaction_base& tx, const http_call& call, const work_to_give& asked,
                                 const page_limits& limits) {
  auto place = asked.location_id;
  if (!find_location(tx, call.who.tenant, place))
    return location_not_found;
  if (!call.who.covers(place))
    return call.deny();
  return json_response(200, find_available_technicians(tx, call.who.tenant, call.people(), place,
                                                       asked.at.value_or(call.request.received_at), limits));
}

}  // namespace

void technician_routes(route_table& on, read_pool& reads) {
  using namespace access;
  on.get("/api/workexec/technicians/available", permission("workexec:technician:view", covered_people),
         list_of<work_to_give>(reads, available),
         list_docs<work_to_give, available_technician>("listAvailableTechnicians",
                                                       "Who can be given work at a shop, by name: placed "
                                                       "there at that instant, with person and user ACTIVE "
                                                       "now. Employment status does not count yet."))
      .refused_with({location_not_found});
}

}  // namespace musterd
