#include "http/routes/people/offboarding_routes.hpp"

#include "common/json/csv.hpp"
#include "domain/person/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/find_offboarding.hpp"

namespace musterd {
namespace {

enum class export_format { json, csv };
BOOST_DESCRIBE_ENUM(export_format, json, csv)

struct case_export {
  uuid case_id;
  export_format format = export_format::json;
  static constexpr std::array<std::string_view, 2> meanings{"Which.", "json (default) or csv."};
};
BOOST_DESCRIBE_STRUCT(case_export, (), (case_id, format))

}  // namespace

template <>
inline constexpr bool lower_case_in_urls<export_format> = true;

namespace {

/// Runs a command on the case named in the path.
template <class Command>
handler_fn on_case(entities<offboarding_aggregate>& cases) {
  return [&cases](http_call&& call) {
    auto id = call.id_parameter<uuid>("caseId");
    auto command = request_from<Command>(call);
    if (!id || !command) {
      auto errors = command ? std::vector<field_error>{} : command.error().field_errors;
      auto of_id = id ? std::vector<field_error>{} : id.error().field_errors;
      errors.insert(errors.begin(), of_id.begin(), of_id.end());
      return call.respond(validation_failed(std::move(errors)));
    }
    run_command(std::move(call), cases, *id, std::move(*command));
  };
}

outcome<http_response> list_cases(pqxx::transaction_base& tx, const http_call& call,
                                  const case_filter& wanted, const page_limits& limits) {
  if (wanted.user_id && !find_person_of_user(tx, call.who.tenant, *wanted.user_id))
    return user_not_found;
  return json_response(200, find_offboarding_cases(tx, call.who.tenant, wanted, limits));
}

outcome<case_details> find_case(pqxx::transaction_base& tx, const http_call& call, uuid id) {
  auto found = find_offboarding_case(tx, call.who.tenant, id);
  if (!found)
    return outcome<case_details>{boost::system::in_place_error, case_not_found};
  return std::move(*found);
}

outcome<http_response> one_case(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<uuid>("caseId");
  if (!id)
    return id.error();
  auto found = find_case(tx, call, *id);
  if (!found)
    return found.error();
  return versioned_response(*found);
}

/// The case's history as a table, for incident tracking.
std::string history_as_csv(const case_details& of) {
  auto out = csv_header<case_history>();
  for (const auto& line : of.history)
    append_csv_line(out, line);
  return out;
}

outcome<http_response> export_case(pqxx::transaction_base& tx, const http_call& call) {
  auto asked = query_of<case_export>(call);
  if (!asked)
    return asked.error();
  auto found = find_case(tx, call, asked->case_id);
  if (!found)
    return found.error();
  auto response = json_response(200, *found);
  std::string ending = "json";
  if (asked->format == export_format::csv) {
    ending = "csv";
    response.content_type = "text/csv; charset=utf-8";
    response.body = history_as_csv(*found);
  }
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"offboarding-" +
                                                           to_string(found->case_id) + "." + ending + "\"");
  return response;
}

}  // namespace

void offboarding_routes(route_table& on, entities<offboarding_aggregate>& cases, read_pool& reads) {
  using namespace access;
  auto view = permission_everywhere("people:offboarding_case:view");
  auto operate = permission_everywhere("people:offboarding_case:operate");
  const std::string base = "/api/people/offboarding-cases", one = base + "/{caseId}",
                    command = one + "/commands/{commandId}";
  on.get(base, view, list_of<case_filter>(reads, list_cases),
         list_docs<case_filter, case_view>("listOffboardingCases", "Offboarding cases, newest first."))
      .refused_with({user_not_found});
  on.get(one, view, from_database(reads, one_case),
         {"getOffboardingCase", "One case: its commands, attempts and history.", nullptr,
          schema_of<case_details>})
      .refused_with({case_not_found});
  on.get(one + "/export", view, list_from_database(reads, export_case),
         {"exportOffboardingCase",
          "The case for incident tracking: everything as JSON, or its history as CSV.", nullptr,
          schema_of<case_details>, 200, parameters_of<case_export>()})
      .refused_with({case_not_found});
  on.post(command + "/retry", operate, on_case<retry_command>(cases),
          command_docs<retry_command>("Runs a command of a case again, now."));
  on.post(command + "/pause", operate, on_case<pause_command>(cases),
          command_docs<pause_command>("Takes a command out of the schedule."));
  on.post(command + "/resume", operate, on_case<resume_command>(cases),
          command_docs<resume_command>("Puts a paused command back, due now."));
  on.post(command + "/accept-risk", operate, on_case<accept_risk>(cases),
          command_docs<accept_risk>("Leaves a command undone, for a reason that is audited."));
}

}  // namespace musterd
