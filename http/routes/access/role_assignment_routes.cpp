#include "http/routes/access/role_assignment_routes.hpp"

#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_role_assignments.hpp"

namespace musterd {
namespace {

/// A permission at one shop is for assignments there; a GLOBAL one takes it everywhere.
bool covers(const caller& who, const std::optional<location_uuid>& place) {
  return place ? who.covers(*place) : who.where().everywhere;
}

outcome<uuid> person_of_assignee(pqxx::transaction_base& tx, const http_call& call, const assign_role& c) {
  if (!covers(call.who, c.location_id))
    return call.deny();
  return expect_person_of_user(tx, call.who.tenant, c.user_id);
}

template <class Command>
outcome<uuid> person_of_assignment(pqxx::transaction_base& tx, const http_call& call, const Command& c) {
  auto found = find_assignment_place(tx, call.who.tenant, c.assignment_id);
  if (!found || !covers(call.who, found->location_id))
    return role_assignment_not_found;
  return found->person_id.value;
}

struct assignments_asked {
  std::optional<user_uuid> user_id;
  std::optional<location_uuid> location_id;
  std::optional<role_uuid> role_id;
  bool include_history = false;
  std::optional<timestamp> at;
  static constexpr std::array<std::string_view, 5> meanings{"Of this user.", "At this shop.", "Of this role.",
                                                            "Also those not in force.",
                                                            "In force at this instant rather than now."};
};
BOOST_DESCRIBE_STRUCT(assignments_asked, (), (user_id, location_id, role_id, include_history, at))

void validate(const assignments_asked& q, std::vector<field_error>& errors) {
  if (q.include_history && q.at)
    errors.push_back({"at", "at and includeHistory=true exclude each other."});
}

outcome<http_response> list_role_assignments(pqxx::transaction_base& tx, const http_call& call,
                                             const assignments_asked& asked, const page_limits& limits) {
  assignment_filter wanted{asked.user_id, asked.location_id, asked.role_id, {}};
  if (!asked.include_history)
    wanted.in_force_at = asked.at.value_or(call.request.received_at);
  auto scope = call.people();
  if (wanted.user_id)
    if (auto known = expect_user(tx, call.who.tenant, scope, *wanted.user_id); !known)
      return known.error();
  return json_response(200, find_role_assignments(tx, call.who.tenant, scope, wanted, limits));
}

outcome<http_response> one_role_assignment(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<role_assignment_uuid>("assignmentId");
  if (!id)
    return id.error();
  auto found = find_role_assignment(tx, call.who.tenant, call.people(), *id);
  if (!found)
    return role_assignment_not_found;
  return versioned_response(*found);
}

}  // namespace

void role_assignment_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads) {
  using namespace access;
  constexpr auto view = "people:role_assignment:view", create = "people:role_assignment:create",
                 update = "people:role_assignment:update";
  on.post("/api/people/role-assignments", freshly_signed_in(permission(create, covered_people)),
          on_looked_up<assign_role>(reads, people, person_of_assignee),
          command_docs<assign_role>("Gives a user a role, everywhere or at one shop."));
  on.get("/api/people/role-assignments", permission(view, covered_people),
         list_of<assignments_asked>(reads, list_role_assignments),
         list_docs<assignments_asked, role_assignment>(
             "listRoleAssignments",
             "Role assignments by start: those in force, now or at an instant, or all there ever were."))
      .refused_with({user_not_found});
  on.get("/api/people/role-assignments/{assignmentId}", permission(view, covered_people),
         from_database(reads, one_role_assignment),
         {"getRoleAssignment", "One role assignment.", nullptr, schema_of<role_assignment>})
      .refused_with({role_assignment_not_found});
  on.patch("/api/people/role-assignments/{assignmentId}",
           freshly_signed_in(permission(update, covered_people)),
           on_looked_up<change_assignment>(reads, people, person_of_assignment<change_assignment>),
           command_docs<change_assignment>("Moves the end of a role assignment; nothing else ever changes."));
  on.post("/api/people/role-assignments/{assignmentId}/end", permission(update, covered_people),
          on_looked_up<end_assignment>(reads, people, person_of_assignment<end_assignment>),
          command_docs<end_assignment>("Ends a role assignment, now or at an instant."));
}

}  // namespace musterd
