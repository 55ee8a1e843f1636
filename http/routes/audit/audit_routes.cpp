#include "http/routes/audit/audit_routes.hpp"

#include "common/observation/log.hpp"
#include "domain/audit/faults.hpp"
#include "domain/audit/financial_event.hpp"
#include "domain/company/service.hpp"
#include "domain/operations/alert.hpp"
#include "http/routes/audit/audit_access.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/database_route.hpp"
#include "http/routing/list_query.hpp"

namespace musterd {
namespace {

/// The body of POST /internal/audit/events: what a message on `audit.events` has in its envelope and payload.
struct audit_event_request {
  event_uuid event_id;
  financial_event event;
};
BOOST_DESCRIBE_STRUCT(audit_event_request, (), (event_id, event))
void validate(const audit_event_request& request, std::vector<field_error>& errors) {
  validate(request.event, wall_clock_now(), errors);
}

struct audit_event_receipt {
  event_uuid event_id;
};
BOOST_DESCRIBE_STRUCT(audit_event_receipt, (), (event_id))

audit_rights viewing_rights(const caller& who) {
  return rights_of(who, "security:audit_entry:view", "security:financial_audit:view");
}

/// A page is found from the nearest one already read, so any depth is allowed.
constexpr std::int64_t any_depth = 100'000'000'000;

handler_fn list_entries(audit_services services) {
  auto find = [services](pqxx::transaction_base& tx, const http_call& call, const audit_filters& filters,
                         const page_limits& limits) -> outcome<http_response> {
    auto rights = viewing_rights(call.who);
    auto which = audit_conditions_of(call.who.tenant, filters, rights);
    if (!which)
      return call.deny();
    auto reader = to_string(call.who.actor) + std::to_string(limits.size) + to_json(filters);
    auto found = find_audit_entries(tx, *which, rights.payload, limits, services.places, reader);
    if (!found)
      return found.error();
    for (const auto& entry : found->items)
      services.altered.look_at(call.who.tenant, entry);
    return json_response(200, *found);
  };
  return list_of<audit_filters>(services.reads, find, any_depth);
}

outcome<http_response> one_entry(pqxx::transaction_base& tx, const http_call& call, altered_values& altered) {
  auto id = call.id_parameter<audit_entry_uuid>("id");
  if (!id)
    return id.error();
  auto rights = viewing_rights(call.who);
  auto which = audit_conditions_of(call.who.tenant, {}, rights);
  if (!which)
    return call.deny();
  auto entry = find_audit_entry(tx, *which, *id, rights.payload);
  if (!entry)
    return audit_entry_not_found;
  altered.look_at(call.who.tenant, *entry);
  return json_response(200, *entry);
}

struct verified_period {
  std::optional<timestamp> date_from;
  std::optional<timestamp> date_to;
  static constexpr std::array<std::string_view, 2> meanings{"From this instant on.", "Before this instant."};
};
BOOST_DESCRIBE_STRUCT(verified_period, (), (date_from, date_to))

handler_fn verification(audit_inspector& inspector) {
  return [&inspector](http_call&& call) {
    auto period = query_of<verified_period>(call);
    if (!period)
      return call.respond(period.error());
    audit_selection selection{call.who.tenant, period->date_from, period->date_to};
    inspector.verify(std::move(call), selection);
  };
}

/// An event id reused for something else: a sender's mistake, or an attempt to pass an event off as a
/// repetition.
void report_contradiction(const journal_client& commits, const request_context& ctx, event_uuid event_id) {
  operator_alert alert{uuid::generate(),
                       alert_severity::warning,
                       "AUDIT_EVENT_DIFFERS",
                       "An audit event came with the id of another one, and was refused.",
                       {to_json(audit_event_receipt{event_id})},
                       ctx.correlation_id,
                       ctx.now};
  log::error({"audit", "event_contradicted", ctx.correlation_id}, "{} from service {}", to_string(event_id),
             to_string(ctx.actor));
  commits.submit(ctx.tenant, {event_id.value, alert_rows(alert, ctx.tenant, event_uuid::generate())},
                 [](const std::optional<fault>&) {});
}

handler_fn record_event(audit_services services) {
  return [services](http_call&& call) {
    auto request = request_from<audit_event_request>(call);
    if (!request)
      return call.respond(request.error());
    auto unit = record_of(call.who.tenant, request->event_id, call.request.correlation_id, request->event,
                          {call.who.kind, call.who.actor, to_string(call.who.actor)},
                          audit_entry_uuid::generate(), call.request.traceparent.value_or(""));
    auto report = [&commits = services.commits, ctx = call.context(),
                   id = request->event_id](const fault& f) {
      if (f.code == audit_event_differs.code)
        report_contradiction(commits, ctx, id);
    };
    commit_and_answer(
        std::move(call), services.commits, services.reads, std::move(unit),
        json_response(202, audit_event_receipt{request->event_id}), audit_event_recorded.code, [] {},
        std::move(report));
  };
}

}  // namespace

void audit_routes(route_table& on, audit_services services) {
  using namespace access;
  on.get("/api/audit/entries", may_view_audit(), list_entries(services),
         list_docs<audit_filters, audit_entry_view>(
             "listAuditEntries", "The audit trail, newest first; go far back page by page, or with dateTo."));
  on.get("/api/audit/entries/{id}", may_view_audit(),
         from_database(services.reads,
                       [&altered = services.altered](pqxx::transaction_base& tx, const http_call& call) {
                         return one_entry(tx, call, altered);
                       }),
         {"getAuditEntry", "One entry, with its place in its hash chain.", nullptr,
          schema_of<audit_entry_detail>})
      .refused_with({audit_entry_not_found});
  on.get(
      "/api/audit/verification", permission_everywhere("security:audit_entry:view"),
      verification(services.inspector),
      {"verifyAuditTrail",
       "Whether the trail is as it was written; names what was changed, removed, inserted, reordered or cut.",
       nullptr, schema_of<audit_verification>, 200, parameters_of<verified_period>()});
  on.post("/internal/audit/events", internal(service_scope::record_audit), record_event(services),
          {"recordAuditEvent",
           "Adds a financial exception of another domain; the same event twice is one entry, another one "
           "under its id a 409.",
           schema_of<audit_event_request>, schema_of<audit_event_receipt>, 202})
      .refused_with({audit_event_differs});
}

}  // namespace musterd
