#include "domain/audit_export.hpp"

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

void append_cell(std::string& out, std::string_view text) {
  out += '"';
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos)
    out += '\'';
  for (char c : text) {
    if (c == '"')
      out += '"';
    out += c;
  }
  out += '"';
}

template <class T>
void append_value(std::string& out, const T& value) {
  if constexpr (is_optional<T>) {
    if (value)
      append_value(out, *value);
  } else if constexpr (std::same_as<T, std::string>) {
    append_cell(out, value);
  } else if constexpr (std::same_as<T, raw_json>) {
    append_cell(out, value.text);
  } else if constexpr (detail::is_vector<T>) {
    std::string joined;
    for (const auto& item : value)
      joined += (joined.empty() ? "" : " ") + item;
    append_cell(out, joined);
  } else if constexpr (described_enum<T>) {
    out += enum_name(value);
  } else if constexpr (detail::is_id<T>) {
    append_to(out, value.value);
  } else {
    append_to(out, value);
  }
}

}  // namespace

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
  entry.details.text = to_json(export_audit{job.format, job.request, job.status, job.rows_total,
                                            job.rows_written, job.bytes, job.failure});
  return entry;
}

std::string header_line(export_format format) {
  std::string out;
  if (format == export_format::csv)
    for_each_member<audit_entry_view>([&](auto d) {
      out += out.empty() ? "" : ",";
      out += camel_name<decltype(d)>;
    });
  return out.empty() ? out : out + "\r\n";
}

void append_line(std::string& out, export_format format, const audit_entry_view& entry) {
  if (format == export_format::ndjson) {
    auto begin = out.size();
    write_json(out, entry);
    // Line ends between the tokens of a payload; inside of strings JSON has none.
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\n', ' ');
    out += '\n';
    return;
  }
  bool first = true;
  for_each_member<audit_entry_view>([&](auto d) {
    if (!std::exchange(first, false))
      out += ',';
    append_value(out, entry.*d.pointer);
  });
  out += "\r\n";
}

}  // namespace musterd
