#include "http/routes/time/timecard_routes.hpp"

#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/database_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_users.hpp"
#include "persistence/find/find_timecards.hpp"

namespace musterd {
namespace {

constexpr auto record = "timekeeping:timecard:record";
constexpr auto view = "timekeeping:timecard:view";

outcome<http_response> stored_timecard(pqxx::transaction_base& tx, const http_call& call, local_date date) {
  const auto& who = call.who;
  auto days = find_workdays(tx, who.tenant, who.person, date, date);
  if (days.empty())
    return timecard_not_found;
  auto suggested = find_last_break_type(tx, who.tenant, who.person);
  return json_response(200, make_timecard_view(days.back(), suggested, call.request.received_at));
}

/// From the actor, which remembers recent days; from the database for days it has forgotten.
handler_fn my_timecard(entities<timecard_aggregate>& timecards, read_pool& reads) {
  return [&timecards, &reads](http_call&& call) {
    auto asked = query_of<get_timecard>(call);
    if (!asked)
      return call.respond(asked.error());
    auto ctx = call.context();
    auto person = call.who.person.value;
    auto held = std::make_shared<http_call>(std::move(call));
    timecards.execute(
        std::move(ctx), person, *asked, [held, date = asked->date, &reads](entity_answer answer, bool) {
          if (answer.failure && answer.failure->kind == fault_kind::not_found && date)
            return answer_from_database(std::move(*held), reads, [day = *date](auto& tx, const http_call& c) {
              return stored_timecard(tx, c, day);
            });
          if (answer.failure)
            return held->respond(*answer.failure);
          held->respond(to_response(std::move(answer), false));
        });
  };
}

/// Timecards at the shops the caller may see; others are left out as if they did not exist.
outcome<http_response> employee_timecards(pqxx::transaction_base& tx, const http_call& call,
                                          const timecard_filter& wanted, const page_limits& limits) {
  const auto& who = call.who;
  auto scope = call.people();
  if (auto known = expect_person(tx, who.tenant, scope, wanted.employee_id); !known)
    return known.error();
  auto days = find_timecards(tx, who.tenant, scope, wanted, limits);
  std::vector<timecard_view> views;
  for (const auto& day : days.items)
    views.push_back(make_timecard_view(day, {}, call.request.received_at));
  return json_response(200, with_items(days, std::move(views)));
}

outcome<http_response> one_timecard(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<timecard_uuid>("id");
  if (!id)
    return id.error();
  auto day = find_timecard(tx, call.who.tenant, call.people(), *id);
  if (!day)
    return timecard_not_found;
  auto response = json_response(200, make_timecard_view(*day, {}, call.request.received_at));
  response.version = day->card.version;
  return response;
}

}  // namespace

void timecard_routes(route_table& on, entities<timecard_aggregate>& timecards, read_pool& reads) {
  using namespace access;
  on.post("/api/people/me/clock-in", permission_on_self(record), on_own<clock_in>(timecards),
          command_docs<clock_in>("Clocks in at a shop."));
  on.post("/api/people/me/clock-out", permission_on_self(record), on_own<clock_out>(timecards),
          command_docs<clock_out>("Clocks out; a running break ends with it."));
  on.post("/api/people/me/breaks/start", permission_on_self(record), on_own<start_break>(timecards),
          command_docs<start_break>("Starts a break."));
  on.post("/api/people/me/breaks/end", permission_on_self(record), on_own<end_break>(timecards),
          command_docs<end_break>("Ends the running break."));
  on.get("/api/people/me/timecard", permission_on_self(record), my_timecard(timecards, reads),
         {"getMyTimecard", "The timecard of a day, or the latest.", nullptr, schema_of<timecard_view>, 200,
          parameters_of<get_timecard>()})
      .refused_with(faults_of<get_timecard>());
  on.get("/api/people/employees/{employeeId}/timecards", permission(view, covered_people),
         list_of<timecard_filter>(reads, employee_timecards),
         list_docs<timecard_filter, timecard_view>("listEmployeeTimecards",
                                                   "Timecards of one person, oldest first."))
      .refused_with({person_not_found});
  on.get("/api/people/timecards/{id}", permission(view, covered_people), from_database(reads, one_timecard),
         {"getTimecard", "One timecard.", nullptr, schema_of<timecard_view>})
      .refused_with({timecard_not_found});
}

}  // namespace musterd
