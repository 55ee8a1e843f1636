#include "http/routes/people/offboarding_routes.hpp"

#include "common/json/csv.hpp"
#include "domain/person/decide.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/query.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/find_offboarding.hpp"

namespace musterd {

namespace {

/// Runs a command of the case that the path names.
template <class Command>
handler_fn on_case(entities<offboarding_aggregate>& cases) {
  return [&cases](http_call&& call) {
    auto id = call.id_parameter<uuid>("caseId");
    auto command = command_from<Command>(call);
    if (!id || !command) {
      auto errors = command ? std::vector<field_error>{} : command.error().field_errors;
      auto of_id = id ? std::vector<field_error>{} : id.error().field_errors;
      errors.insert(errors.begin(), of_id.begin(), of_id.end());
      return call.respond(validation_failed(std::move(errors)));
    }
    run_command(std::move(call), cases, *id, std::move(*command));
  };
}

outcome<http_response> list_cases(pqxx::transaction_base& tx, const http_call& call) {
  query_reader query{call.request};
  case_filter wanted{query.get<case_state>("state"), query.get<user_uuid>("userId")};
  auto limits = page_of(query);
  if (!limits)
    return limits.error();
  if (wanted.user_id && !find_person_of_user(tx, call.who.tenant, *wanted.user_id))
    return user_not_found();
  return json_response(200, find_offboarding_cases(tx, call.who.tenant, wanted, *limits));
}

outcome<case_details> find_case(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<uuid>("caseId");
  if (!id)
    return outcome<case_details>{boost::system::in_place_error, id.error()};
  auto found = find_offboarding_case(tx, call.who.tenant, *id);
  if (!found)
    return outcome<case_details>{boost::system::in_place_error, case_not_found()};
  return std::move(*found);
}

outcome<http_response> one_case(pqxx::transaction_base& tx, const http_call& call) {
  auto found = find_case(tx, call);
  if (!found)
    return found.error();
  return versioned_response(*found);
}

/// A table of what happened, for incident tracking.
std::string history_as_csv(const case_details& of) {
  auto out = csv_header<case_history>();
  for (const auto& line : of.history)
    append_csv_line(out, line);
  return out;
}

outcome<http_response> export_case(pqxx::transaction_base& tx, const http_call& call) {
  query_reader query{call.request};
  auto format = query.get<std::string>("format").value_or("json");
  if (format != "json" && format != "csv")
    query.fail("format", " must be json or csv.");
  if (auto ok = query.check(); !ok)
    return ok.error();
  auto found = find_case(tx, call);
  if (!found)
    return found.error();
  auto response = json_response(200, *found);
  if (format == "csv") {
    response.content_type = "text/csv; charset=utf-8";
    response.body = history_as_csv(*found);
  }
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"offboarding-" +
                                                           to_string(found->case_id) + "." + format + "\"");
  return response;
}

}  // namespace

void offboarding_routes(route_table& on, entities<offboarding_aggregate>& cases, read_pool& reads) {
  using namespace access;
  auto view = permission_everywhere("people:offboarding_case:view");
  auto operate = permission_everywhere("people:offboarding_case:operate");
  const std::string base = "/api/people/offboarding-cases", one = base + "/{caseId}",
                    command = one + "/commands/{commandId}";
  on.get(base, view, list_from_database(reads, list_cases),
         {"listOffboardingCases", "Offboarding cases, newest first.", nullptr, schema_of<page<case_view>>,
          200,
          paged({{"state", "IN_PROGRESS, REQUIRES_MANUAL_INTERVENTION or COMPLETED.", schema_of<case_state>},
                 {"userId", "Of this user.", schema_of<user_uuid>}})})
      .refused_with({known::not_found("USER_NOT_FOUND")});
  on.get(one, view, from_database(reads, one_case),
         {"getOffboardingCase", "One case: its commands, attempts and history.", nullptr,
          schema_of<case_details>})
      .refused_with({known::not_found("OFFBOARDING_CASE_NOT_FOUND")});
  on.get(one + "/export", view, list_from_database(reads, export_case),
         {"exportOffboardingCase",
          "The case for incident tracking: everything as JSON, or its history as CSV.",
          nullptr,
          schema_of<case_details>,
          200,
          {{"format", "json (default) or csv."}}})
      .refused_with({known::not_found("OFFBOARDING_CASE_NOT_FOUND")});
  on.post(command + "/retry", operate, on_case<retry_command>(cases),
          command_docs<retry_command>("Runs a command of a case again, now."))
      .refused_with({known::not_found("OFFBOARDING_CASE_NOT_FOUND")});
  on.post(command + "/pause", operate, on_case<pause_command>(cases),
          command_docs<pause_command>("Takes a command out of the schedule."))
      .refused_with({known::not_found("OFFBOARDING_CASE_NOT_FOUND")});
  on.post(command + "/resume", operate, on_case<resume_command>(cases),
          command_docs<resume_command>("Puts a paused command back, due now."))
      .refused_with({known::not_found("OFFBOARDING_CASE_NOT_FOUND")});
  on.post(command + "/accept-risk", operate, on_case<accept_risk>(cases),
          command_docs<accept_risk>("Leaves a command undone, for a reason that is audited."))
      .refused_with({known::not_found("OFFBOARDING_CASE_NOT_FOUND")});
}

}  // namespace musterd
