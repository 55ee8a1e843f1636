#include "http/routes/people/person_data_routes.hpp"

#include "domain/person/faults.hpp"
#include "http/routes/audit/audit_access.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/find_held_data.hpp"
#include "persistence/jobs/erasures.hpp"

namespace musterd {
namespace {

/// The export is in the trail before the data is handed out.
void hand_out(const person_data_services& services, http_call&& call, const held_data& data) {
  auto ctx = call.context();
  auto entry = data_export_entry(ctx, uuid::generate(), data);
  auto held = std::make_shared<http_call>(std::move(call));
  services.commits.submit(ctx.tenant, {data.person_id.value, {write_row(ctx.tenant, entry)}},
                          [held, response = json_response(200, data)](std::optional<fault> failed) mutable {
                            if (failed)
                              held->respond(*failed);
                            else
                              held->respond(std::move(response));
                          });
}

/// FINANCIAL details about the caller are always included, those about others only where the permission
/// holds.
data_receiver receiver_of(const caller& who, person_uuid person) {
  if (who.person == person)
    return {held_places{true, {}}};
  return {reach_of(who, "security:financial_audit:view")};
}

void export_data(const person_data_services& services, http_call&& call, person_uuid person) {
  auto limits = query_of<held_data_limits>(call);
  if (!limits)
    return call.respond(limits.error());
  with_database(
      std::move(call), services.reads,
      [services, person, limits = *limits](pqxx::transaction_base& tx, http_call&& found) {
        auto whose = find_data_subject(tx, found.who.tenant, people_scope::everybody(), person);
        if (!whose)
          return found.respond(whose.error());
        auto data = find_held_data(
            tx, found.who.tenant, *whose, receiver_of(found.who, person), limits,
            [&](const audit_entry_view& entry) { services.altered.look_at(found.who.tenant, entry); });
        hand_out(services, std::move(found), data);
      },
      read_use::list);
}

handler_fn export_of_person(person_data_services services) {
  return [services](http_call&& call) {
    auto person = call.id_parameter<person_uuid>("personId");
    if (!person)
      return call.respond(person.error());
    export_data(services, std::move(call), *person);
  };
}

handler_fn export_of_oneself(person_data_services services) {
  return [services](http_call&& call) {
    auto person = call.who.person;
    export_data(services, std::move(call), person);
  };
}

handler_fn erasure_of_person(person_data_services services) {
  return [services](http_call&& call) {
    auto person = call.id_parameter<person_uuid>("personId");
    if (!person)
      return call.respond(person.error());
    auto command = request_from<erase_person>(call);
    if (!command)
      return call.respond(command.error());
    with_database(std::move(call), services.reads,
                  [services, person = *person](pqxx::transaction_base& tx, http_call&& found) {
                    erase_person asked{find_erasure_obstacles(tx, found.who.tenant, person),
                                       services.hold_days};
                    run_command(std::move(found), services.people, person.value, std::move(asked));
                  });
  };
}

outcome<http_response> erasure_progress_of(pqxx::transaction_base& tx, const http_call& call) {
  auto person = call.id_parameter<person_uuid>("personId");
  if (!person)
    return person.error();
  auto found = find_erasure(tx, call.who.tenant, *person);
  if (!found)
    return erasure_not_found;
  return json_response(200, *found);
}

}  // namespace

void person_data_routes(route_table& on, person_data_services services) {
  using namespace access;
  on.get("/api/people/persons/{personId}/data",
         permission_everywhere("people:person_data:export", {"security:financial_audit:view"}),
         export_of_person(services),
         {"exportPersonData",
          "All that is held about a person, category after category; each page is audited.", nullptr,
          schema_of<held_data>, 200, parameters_of<held_data_limits>()})
      .refused_with({person_not_found});
  on.get("/api/people/me/data", self, export_of_oneself(services),
         {"exportMyData", "All that is held about oneself, category after category; each page is audited.",
          nullptr, schema_of<held_data>, 200, parameters_of<held_data_limits>()});
  on.post("/api/people/persons/{personId}/erase",
          freshly_signed_in(permission_everywhere("people:person_data:erase")), erasure_of_person(services),
          command_docs<erase_person>("Replaces what tells who somebody was who has left, for ever."));
  on.get("/api/people/persons/{personId}/erasure", permission_everywhere("people:person_data:erase"),
         from_database(services.reads, erasure_progress_of),
         {"getErasure", "How far the erasure of a person is.", nullptr, schema_of<erasure_progress>})
      .refused_with({erasure_not_found});
}

}  // namespace musterd
