#pragma once

#include "domain/audit/audit_view.hpp"
#include "domain/kernel/commit.hpp"

namespace musterd {

enum class export_format { csv, ndjson };
BOOST_DESCRIBE_ENUM(export_format, csv, ndjson)

enum class export_status { queued, running, done, failed };
BOOST_DESCRIBE_ENUM(export_status, queued, running, done, failed)

/// The filters of an export, and what the requester was allowed to see when asking for it.
struct export_request {
  audit_filters filters;
  audit_rights rights;
};
BOOST_DESCRIBE_STRUCT(export_request, (), (filters, rights))
/// Whether today's rights still cover those the export was made with.
bool may_have(const audit_rights& today, const export_request& made);

/// An export job. Its file is `file_name()` in the export folder.
struct export_job {
  uuid export_id;
  uuid requested_by;
  std::string correlation_id;
  std::optional<std::string> traceparent;
  export_format format = export_format::csv;
  /// An `export_request`.
  raw_json request;
  export_status status = export_status::queued;
  std::int64_t rows_total = 0;
  std::int64_t rows_written = 0;
  std::int64_t bytes = 0;
  std::optional<std::string> failure;
  timestamp created_at{};
  std::optional<timestamp> finished_at;
  std::int64_t version = 1;

  std::string file_name() const;
};
BOOST_DESCRIBE_STRUCT(export_job, (),
                      (export_id, requested_by, correlation_id, traceparent, format, request, status,
                       rows_total, rows_written, bytes, failure, created_at, finished_at, version))
template <>
struct table_of<export_job> : versioned_table<"audit.export_job", "export_id"> {};

struct export_view {
  uuid export_id;
  export_status status = export_status::queued;
  export_format format = export_format::csv;
  std::int64_t rows_total = 0;
  std::int64_t rows_written = 0;
  std::int64_t progress_percent = 0;
  std::int64_t bytes = 0;
  std::optional<std::string> failure;
  timestamp created_at{};
  std::optional<timestamp> finished_at;
};
BOOST_DESCRIBE_STRUCT(export_view, (),
                      (export_id, status, format, rows_total, rows_written, progress_percent, bytes, failure,
                       created_at, finished_at))
export_view view_of(const export_job& job);

/// The audit entry for what happened to an export: AUDIT_EXPORT_REQUESTED, AUDIT_EXPORTED, …
audit_entry export_entry(const export_job& job, std::string event_type, audit_entry_uuid entry_id,
                         timestamp now);

/// Appends an entry as a line. No CSV cell starts like a formula, which a spreadsheet would run.
void append_line(std::string& out, export_format format, const audit_entry_view& entry);
/// The first line of a CSV file; empty for NDJSON.
std::string header_line(export_format format);

}  // namespace musterd
