#include "domain/audit/audit_export.hpp"

#include "common/json/csv.hpp"
#include "domain/audit/audit_trace.hpp"

#include <algorithm>

namespace musterd {
namespace {

struct export_audit {
  export_format format;
  raw_json request;
  export_status status;
  std::int64_t rows_total;
  std::int64_t rows_written;
  std::int64_t bytes;
  std::optional<std::string> failure;
};
BOOST_DESCRIBE_STRUCT(export_audit, (), (format, request, status, rows_total, rows_written, bytes, failure))

bool covers(const std::optional<held_places>& today, const std::optional<held_places>& then) {
  if (!then || (today && today->everywhere))
    return true;
  return today && !then->everywhere &&
         std::ranges::all_of(then->locations, [&](const auto& shop) { return today->covers(shop); });
}

}  // namespace

bool may_have(const audit_rights& today, const export_request& made) {
  // A category filter leaves out the entries that need the other permission.
  const auto& only = made.filters.category;
  bool has_general = only != audit_category::financial;
  bool has_financial = !only || *only == audit_category::financial;
  return (today.payload || !made.rights.payload) &&
         (!has_general || covers(today.general, made.rights.general)) &&
         (!has_financial || covers(today.financial, made.rights.financial));
}

std::string export_job::file_name() const {
  return to_string(export_id) + (format == export_format::csv ? ".csv" : ".ndjson");
}

export_view view_of(const export_job& job) {
  auto percent = job.status == export_status::done ? 100
                 : job.rows_total == 0             ? 0
                                       : std::min<std::int64_t>(99, 100 * job.rows_written / job.rows_total);
  return {job.export_id, job.status, job.format,  job.rows_total, job.rows_written,
          percent,       job.bytes,  job.failure, job.created_at, job.finished_at};
}

audit_entry export_entry(const export_job& job, std::string event_type, audit_entry_uuid entry_id,
                         timestamp now) {
  audit_entry entry;
  entry.entry_id = entry_id;
  entry.category = audit_category::security;
  entry.event_type = std::move(event_type);
  entry.occurred_at = now;
  entry.actor_id = job.requested_by;
  entry.subject_type = "AuditExport";
  entry.subject_id = job.export_id;
  entry.outcome = job.status == export_status::failed ? audit_outcome::failure : audit_outcome::success;
  entry.correlation_id = job.correlation_id;
  entry.details.text = traced(job.traceparent.value_or(""),
                              to_json(export_audit{job.format, job.request, job.status, job.rows_total,
                                                   job.rows_written, job.bytes, job.failure}));
  return entry;
}

std::string header_line(export_format format) {
  return format == export_format::csv ? csv_header<audit_entry_view>() : std::string{};
}

void append_line(std::string& out, export_format format, const audit_entry_view& entry) {
  if (format == export_format::ndjson) {
    auto begin = out.size();
    write_json(out, entry);
    // A payload may have line breaks between tokens; JSON strings contain none.
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\n', ' ');
    out += '\n';
    return;
  }
  append_csv_line(out, entry);
}

}  // namespace musterd
