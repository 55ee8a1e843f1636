#include "http/routes/audit/audit_export_routes.hpp"

#include "common/observation/log.hpp"
#include "domain/audit/faults.hpp"
#include "http/routes/audit/audit_access.hpp"
#include "http/routing/database_route.hpp"
#include "http/routing/query.hpp"
#include "persistence/audit/find_audit_entries.hpp"

namespace musterd {
namespace {

struct export_order {
  export_format format = export_format::csv;
  audit_filters filters;
};
BOOST_DESCRIBE_STRUCT(export_order, (), (format, filters))

constexpr auto export_range_too_long =
    bad_request("EXPORT_RANGE_TOO_LONG", "An export covers fewer days than this range.");
constexpr auto export_too_large =
    bad_request("EXPORT_TOO_LARGE", "An export has fewer entries than these filters find.");

outcome<export_order> read_order(const http_call& call, std::chrono::days max_range) {
  auto order = call.body<export_order>();
  if (!order)
    return order;
  const auto& f = order->filters;
  std::vector<field_error> errors;
  if (!f.date_from)
    errors.push_back({"filters.dateFrom", "filters.dateFrom is required."});
  if (!f.date_to)
    errors.push_back({"filters.dateTo", "filters.dateTo is required."});
  if (f.date_from && f.date_to && *f.date_to < *f.date_from)
    errors.push_back({"filters.dateTo", "filters.dateTo must not be before filters.dateFrom."});
  limit_filter("filters.eventType", f.event_type, errors);
  limit_filter("filters.subjectType", f.subject_type, errors);
  limit_filter("filters.reference", f.reference, errors);
  if (!errors.empty())
    return outcome<export_order>{boost::system::in_place_error, validation_failed(std::move(errors))};
  if (*f.date_to - *f.date_from > max_range) {
    auto result = export_range_too_long.saying(
        fmt::format("An export covers at most {} days; this range is longer.", max_range.count()));
    result.field_errors = {
        {"filters.dateTo",
         fmt::format("filters.dateTo must be at most {} days after filters.dateFrom.", max_range.count())}};
    return outcome<export_order>{boost::system::in_place_error, std::move(result)};
  }
  return order;
}

fault too_many_rows(std::int64_t most) {
  return export_too_large.saying(
      fmt::format("An export has at most {} entries; these filters find more. Ask for fewer.", most));
}

audit_rights export_rights(const caller& who) {
  return rights_of(who, "security:audit_entry:export", "security:financial_audit:export");
}

void order_export(pqxx::transaction_base& tx, http_call& call, const export_services& services,
                  const export_order& order) {
  auto rights = export_rights(call.who);
  auto which = audit_conditions_of(call.who.tenant, order.filters, rights);
  if (!which)
    return call.respond(call.deny());
  auto rows = count_audit_entries(tx, *which, services.max_rows + 1);
  if (rows > services.max_rows)
    return call.respond(too_many_rows(services.max_rows));
  export_job job;
  job.export_id = uuid::generate();
  job.requested_by = call.who.actor;
  job.correlation_id = call.request.correlation_id;
  job.traceparent = call.context().traceparent;
  job.format = order.format;
  job.request.text = to_json(export_request{order.filters, rights});
  job.rows_total = rows;
  job.created_at = call.request.received_at;
  auto tenant = call.who.tenant;
  auto entry = export_entry(job, "AUDIT_EXPORT_REQUESTED", audit_entry_uuid::generate(), job.created_at);
  log::info({"audit", "export_requested", job.correlation_id}, "{} by {}: {} entries, selected by {}",
            to_string(job.export_id), to_string(job.requested_by), rows, job.request.text);
  commit_unit unit{job.export_id, {write_row(tenant, job), write_row(tenant, entry)}};
  commit_and_answer(std::move(call), services.commits, services.reads, std::move(unit),
                    json_response(202, view_of(job)), {}, [&e = services.exporter] { e.notify(); });
}

handler_fn create_export(export_services services) {
  return [services](http_call&& call) {
    auto order = read_order(call, services.max_range);
    if (!order)
      return call.respond(order.error());
    with_database(
        std::move(call), services.reads,
        [services, order = *order](pqxx::transaction_base& tx, http_call&& held) {
          order_export(tx, held, services, order);
        },
        read_use::list);
  };
}

outcome<export_job> own_export(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<audit_entry_uuid>("id");
  if (!id)
    return outcome<export_job>{boost::system::in_place_error, id.error()};
  auto job = find_export(tx, call.who.tenant, call.who.actor, id->value);
  if (!job)
    return outcome<export_job>{boost::system::in_place_error, audit_export_not_found};
  return *job;
}

outcome<http_response> export_state(pqxx::transaction_base& tx, const http_call& call) {
  auto job = own_export(tx, call);
  if (!job)
    return job.error();
  return json_response(200, view_of(*job));
}

/// The trail has the download before anything leaves the server, and the caller must still have the rights to
/// it.
void send_export(http_call& call, const export_services& services, export_job job) {
  auto made = from_json<export_request>(job.request.text);
  if (!made || !may_have(export_rights(call.who), *made))
    return call.respond(call.deny());
  if (job.status != export_status::done)
    return call.respond(audit_export_not_ready);
  auto file = file_body::open(services.exporter.file_of(job).string());
  if (!file)
    return call.respond(audit_export_gone);
  auto ctx = call.context();
  job.correlation_id = ctx.correlation_id;
  job.traceparent = ctx.traceparent;
  auto entry = export_entry(job, "AUDIT_EXPORT_DOWNLOADED", audit_entry_uuid::generate(), ctx.now);
  auto held = std::make_shared<http_call>(std::move(call));
  services.commits.submit(
      ctx.tenant, {job.export_id, {write_row(ctx.tenant, entry)}},
      [held, file, job](std::optional<fault> failed) {
        if (failed)
          return held->respond(*failed);
        http_response response;
        response.content_type = job.format == export_format::csv ? "text/csv; charset=utf-8"
                                                                 : "application/x-ndjson; charset=utf-8";
        response.headers.emplace_back("Content-Disposition",
                                      "attachment; filename=\"audit-" + job.file_name() + "\"");
        response.rest = file;
        held->respond(std::move(response));
      });
}

handler_fn download(export_services services) {
  return [services](http_call&& call) {
    with_database(std::move(call), services.reads, [services](pqxx::transaction_base& tx, http_call&& held) {
      if (auto job = own_export(tx, held))
        send_export(held, services, *job);
      else
        held.respond(job.error());
    });
  };
}

}  // namespace

void audit_export_routes(route_table& on, export_services services) {
  on.post("/api/audit/exports", may_export_audit(), create_export(services),
          {"createAuditExport",
           "Exports entries to a file, newest first; filters need dateFrom and dateTo. Payloads only with "
           "security:audit_payload:view.",
           schema_of<export_order>, schema_of<export_view>, 202})
      .refused_with({export_range_too_long, export_too_large, audit_exports_open});
  on.get("/api/audit/exports/{id}", may_export_audit(), from_database(services.reads, export_state),
         {"getAuditExport", "How far one's own export is.", nullptr, schema_of<export_view>})
      .refused_with({audit_export_not_found});
  on.get("/api/audit/exports/{id}/content", may_export_audit(), download(services),
         {.name = "downloadAuditExport",
          .description =
              "The file of one's own finished export, while one may see all that is in it; kept for 30 days "
              "unless it is configured otherwise.",
          .response = schema_of<std::string>,
          .response_type = "text/csv"})
      .refused_with({audit_export_not_found, audit_export_gone, audit_export_not_ready});
}

}  // namespace musterd
