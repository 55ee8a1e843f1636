#include "http/routes/people/lifecycle_routes.hpp"

#include "domain/access/asked_permissions.hpp"
#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/find_offboarding.hpp"

namespace musterd {
namespace {

template <class Command>
outcome<uuid> person_behind(pqxx::transaction_base& tx, const http_call& call, const Command& c) {
  auto person = expect_person_of_user(tx, call.who.tenant, c.user_id);
  if (!person)
    return person;
  if constexpr (std::derived_from<Command, deactivation>)
    if (c.assignment_termination == assignment_termination::leave_assignments_active &&
        !call.who.holds_everywhere(keeping_assignments))
      return call.deny();
  log::info({"offboarding", "requested", call.request.correlation_id}, "{} of user {} by {}", Command::name,
            to_string(c.user_id), to_string(call.who.actor));
  return person;
}

handler_fn disable_options(entities<person_aggregate>& people, read_pool& reads) {
  return [&people, &reads](http_call&& call) {
    auto user = call.id_parameter<user_uuid>("userId");
    if (!user)
      return call.respond(user.error());
    with_database(std::move(call), reads,
                  [&people, user = *user](pqxx::transaction_base& tx, http_call&& found) {
                    auto person = find_person_of_user(tx, found.who.tenant, user);
                    if (!person)
                      return found.respond(user_not_found);
                    get_disable_options asked{user, found.who.holds_everywhere(keeping_assignments),
                                              lost_without(tx, found.who.tenant, user)};
                    run_command(std::move(found), people, person->value, std::move(asked));
                  });
  };
}

}  // namespace

void lifecycle_routes(route_table& on, entities<person_aggregate>& people, read_pool& reads) {
  using namespace access;
  on.get("/api/people/users/{userId}/disable-options",
         permission_everywhere("people:user:disable", {keeping_assignments}), disable_options(people, reads),
         {"getDisableOptions", "What may become of a user's assignments when the user is disabled.", nullptr,
          schema_of<disable_options_view>})
      .refused_with(faults_of<get_disable_options>());
  on.post("/api/people/users/{userId}/disable",
          permission_everywhere("people:user:disable", {keeping_assignments}),
          on_looked_up<disable_user>(reads, people, person_behind<disable_user>),
          command_docs<disable_user>("Takes a user's access away at once, and opens the offboarding case."));
  on.post("/api/people/users/{userId}/enable", freshly_signed_in(permission_everywhere("people:user:enable")),
          on_looked_up<enable_user>(reads, people, person_behind<enable_user>),
          command_docs<enable_user>("Lets a disabled user in again; what has ended stays ended."));
  on.post("/api/people/users/{userId}/terminate",
          freshly_signed_in(permission_everywhere("people:user:terminate")),
          on_looked_up<terminate_user>(reads, people, person_behind<terminate_user>),
          command_docs<terminate_user>("Takes a user's access away for ever."));
}

}  // namespace musterd
