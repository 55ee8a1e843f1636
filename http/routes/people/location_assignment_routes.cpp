#include "http/routes/people/location_assignment_routes.hpp"

#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_users.hpp"
#include "persistence/find/find_location_assignments.hpp"

namespace musterd {

template <>
inline constexpr bool lower_case_in_urls<placement_period> = true;

namespace {

/// A permission at some shops allows placements only there. The decision checks what they take from other
/// shops.
outcome<uuid> person_to_place(const http_call& call, const place_person& c) {
  if (!call.who.covers(c.location_id))
    return call.deny();
  return c.person_id.value;
}

template <class Command>
outcome<uuid> person_of_placement(pqxx::transaction_base& tx, const http_call& call, const Command& c) {
  auto found = find_placement_place(tx, call.who.tenant, c.assignment_id);
  if (!found || !call.who.covers(found->location_id))
    return placement_not_found;
  return found->person_id.value;
}

outcome<http_response> list_placements(pqxx::transaction_base& tx, const http_call& call,
                                       const placement_filter& wanted, const page_limits& limits) {
  auto scope = call.people();
  if (wanted.person_id)
    if (auto known = expect_person(tx, call.who.tenant, scope, *wanted.person_id); !known)
      return known.error();
  return json_response(200, find_location_assignments(tx, call.who.tenant, scope, wanted, limits));
}

outcome<http_response> one_placement(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<location_assignment_uuid>("assignmentId");
  if (!id)
    return id.error();
  auto found = find_location_assignment(tx, call.who.tenant, call.people(), *id);
  if (!found)
    return placement_not_found;
  return versioned_response(*found);
}

}  // namespace

void location_assignment_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads) {
  using namespace access;
  constexpr auto view = "people:location_assignment:view", create = "people:location_assignment:create",
                 update = "people:location_assignment:update";
  on.post("/api/people/location-assignments", permission(create, covered_people),
          on_named<place_person>(people, person_to_place),
          command_docs<place_person>(
              "Assigns a person to a shop; a primary assignment ends the primary one before it."));
  on.get("/api/people/location-assignments", permission(view, covered_people),
         list_of<placement_filter>(reads, list_placements),
         list_docs<placement_filter, location_assignment>("listLocationAssignments",
                                                          "Location assignments by start."))
      .refused_with({person_not_found});
  on.get("/api/people/location-assignments/{assignmentId}", permission(view, covered_people),
         from_database(reads, one_placement),
         {"getLocationAssignment", "One location assignment.", nullptr, schema_of<location_assignment>})
      .refused_with({placement_not_found});
  on.patch("/api/people/location-assignments/{assignmentId}", permission(update, covered_people),
           on_looked_up<change_placement>(reads, people, person_of_placement<change_placement>),
           command_docs<change_placement>(
               "Moves a location assignment or makes it the primary one; effectiveEndAt null: ongoing."));
  on.post("/api/people/location-assignments/{assignmentId}/end", permission(update, covered_people),
          on_looked_up<end_placement>(reads, people, person_of_placement<end_placement>),
          command_docs<end_placement>("Ends a location assignment, now or at an instant."));
}

}  // namespace musterd
