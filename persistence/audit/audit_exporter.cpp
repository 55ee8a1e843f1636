#include "persistence/audit/audit_exporter.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "domain/kernel/sql_value.hpp"
#include "persistence/audit/find_audit_entries.hpp"
#include "persistence/sql/dynamic_query.hpp"
#include "persistence/sql/pages/page_query.hpp"
#include "persistence/sql/pages/rows_as_json.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr auto export_looked_for_every = 5s;
constexpr auto longest_pause = 30s;
/// While rows let themselves be waited for (`stream_patience`).
constexpr auto export_longest_silence = 61min;
constexpr std::int64_t progress_every = 20'000;
constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t uuid_length = 36;

/// In the order in which companies were served.
constexpr auto claim_sql = R"(
  SELECT w.tenant_id, (to_jsonb(w) - 'tenant_id') || '{"request": {}}', w.request FROM audit.export_job w
  WHERE status IN ('QUEUED', 'RUNNING') AND export_id <> ALL ($1::uuid[])
  ORDER BY (SELECT max(s.finished_at) FROM audit.export_job s
            WHERE s.tenant_id = w.tenant_id AND s.finished_at IS NOT NULL) NULLS FIRST, created_at LIMIT 1)";

/// Bypasses the journal: progress is of no lasting interest.
constexpr auto progress_sql =
    "UPDATE audit.export_job SET status = 'RUNNING', rows_written = $3::bigint, bytes = $4::bigint "
    "WHERE tenant_id = $1::uuid AND export_id = $2::uuid AND status IN ('QUEUED', 'RUNNING')";

/// Which of these files to delete: failed exports, and what exceeds a company's space.
constexpr auto unwanted_sql = R"(
  SELECT export_id FROM audit.export_job WHERE status = 'FAILED' AND export_id = ANY ($1::uuid[])
  UNION ALL
  SELECT export_id FROM (
    SELECT export_id, sum(bytes) OVER (PARTITION BY tenant_id ORDER BY finished_at DESC, export_id) - bytes AS newer
    FROM audit.export_job WHERE status = 'DONE' AND export_id = ANY ($1::uuid[])) kept
  WHERE newer >= $2::bigint)";

constexpr auto unwritable = "The export folder is full or cannot be written: an operator has to see to it.";

struct interrupted {};

pqxx::result ask(leader_session& at, const std::string& sql, const std::vector<std::string>& parameters) {
  leading_work work{at};
  auto answer = run_query(work.tx, sql, parameters);
  work.tx.commit();
  return answer;
}

/// What is wrong, by the names of the columns; nothing if all of it could be read.
std::string read_what_fits(const std::string& row, export_job& job) {
  json_errors errors;
  if (auto read = read_document<export_job, naming::row>(row, job, errors); !read)
    return read.error().message;
  return errors.empty() ? "" : errors.take_fault().message;
}

}  // namespace

audit_exporter::audit_exporter(lease_keeper& leases, exporter_settings settings, commit_fn commit,
                               shown_fn shown)
    : url_{leases.database_url()}, settings_{std::move(settings)}, commit_{std::move(commit)},
      shown_{std::move(shown)},
      loop_{leases,
            {.name = "audit-exports",
             .session_name = "exports",
             .longest_silence = export_longest_silence,
             .asked_every = export_looked_for_every,
             .longest_pause = export_looked_for_every},
            {.turn =
                 [this](leader_session& at, const ending& until) {
                   work_off(at, until);
                   return std::chrono::steady_clock::now() + export_looked_for_every;
                 },
             .lost = [](const char* why) { log::warn({"audit", "exports_interrupted"}, "{}", why); }}} {}

void audit_exporter::work_off(leader_session& at, const ending& until) {
  while (auto work = until.stop.stop_requested() ? std::nullopt : claim(at))
    perform(at, std::move(*work), until);
  forget_files(at);
}

std::optional<audit_exporter::claimed> audit_exporter::claim(leader_session& at) const {
  auto rows = ask(at, claim_sql, {array_literal(refused_)});
  if (rows.empty())
    return std::nullopt;
  claimed result{{uuid::parse(rows[0][0].c_str()).value()}, {}, {}};
  result.unreadable = read_what_fits(rows[0][1].as<std::string>(), result.job);
  result.job.request.text = rows[0][2].as<std::string>();
  return result;
}

/// An unreadable export fails and drops its request, which would otherwise stop every later reader of the job
/// or the trail.
export_request audit_exporter::request_of(claimed& work) {
  auto& job = work.job;
  auto request = from_json<export_request>(job.request.text);
  if (work.unreadable.empty() && !request)
    work.unreadable = request.error().message;
  if (work.unreadable.empty())
    return std::move(*request);
  log::error({"audit", "export_unreadable", job.correlation_id}, "{}: {}, asked for {:.200}",
             to_string(job.export_id), work.unreadable, job.request.text);
  if (!request)
    job.request.text = "{}";
  job.failure = "What was asked for cannot be read: " + work.unreadable;
  throw std::runtime_error{*job.failure};
}

void audit_exporter::perform(leader_session& at, claimed work, const ending& until) {
  const auto& job = work.job;
  trace_scope tracing{job.traceparent.value_or(""), job.correlation_id, job.created_at};
  try {
    write_file(at, work, until);
    work.job.status = export_status::done;
  } catch (const interrupted&) {
    return;  // the next server goes on
  } catch (const lease_lost&) {
    throw;
  } catch (const std::exception& e) {
    if (until.stop.stop_requested() || !at.leads() || !at.db().is_open())
      return;  // whoever leads next begins anew
    log::error({"audit", "export_failed", work.job.correlation_id}, "{}: {}", to_string(work.job.export_id),
               e.what());
    work.job.status = export_status::failed;
    if (!work.job.failure)
      work.job.failure = "The export could not be written; ask for it again.";
  }
  finish(at, std::move(work), until.stop);
}

/// Creates the folder only on demand: an unwritable one fails just this export.
std::ofstream audit_exporter::open_draft(const std::filesystem::path& draft) const {
  std::error_code failed;
  std::filesystem::remove(draft, failed);  // a server that was frozen may still write to it
  if (std::filesystem::create_directories(settings_.folder, failed))
    std::filesystem::permissions(settings_.folder, std::filesystem::perms::owner_all, failed);
  std::ofstream file{draft, std::ios::binary | std::ios::trunc};
  std::filesystem::permissions(
      draft, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, failed);
  return file;
}

void audit_exporter::write_file(leader_session& at, claimed& work, const ending& until) {
  auto& job = work.job;
  auto request = request_of(work);
  auto which = audit_conditions_of(work.tenant, request.filters, request.rights);
  if (!which)
    throw std::runtime_error{which.error().message};
  auto draft = file_of(job);
  draft += ".part";
  auto file = open_draft(draft);
  auto text = header_line(job.format);
  job.rows_written = job.bytes = 0;
  auto save = [&] {
    file << text;
    job.bytes += static_cast<std::int64_t>(text.size());
    text.clear();
  };
  auto show_progress = [&] {
    ask(at, progress_sql,
        {to_string(work.tenant), to_string(job.export_id), std::to_string(job.rows_written),
         std::to_string(job.bytes)});
  };
  show_progress();
  row_stream rows{url_, until.cut};
  rows.each("SELECT " + stored_entry_columns() + " FROM audit.entry e WHERE " + which->sql +
                " ORDER BY e.occurred_at DESC, e.entry_id DESC",
            which->parameters, [&](const text_row& row) {
              auto view = view_of(read_what_fits(row), request.rights.payload);
              shown_(work.tenant, view);
              append_line(text, job.format, view);
              if (text.size() >= buffer_size)
                save();
              if (++job.rows_written % progress_every == 0)
                show_progress();
              return file && job.rows_written <= settings_.max_rows && job.bytes <= settings_.max_bytes &&
                     at.leads() && !until.stop.stop_requested();
            });
  save();
  file.close();
  if (until.stop.stop_requested())
    throw interrupted{};
  show_progress();  // throws if the export is no longer ours
  stats_.rows += job.rows_written;
  if (job.rows_written > settings_.max_rows)
    job.failure =
        "Meanwhile there are more than " + std::to_string(settings_.max_rows) + " entries; ask for fewer.";
  if (job.bytes > settings_.max_bytes)
    job.failure =
        "The export is larger than " + std::to_string(settings_.max_bytes) + " bytes; ask for fewer entries.";
  std::error_code unnamed;
  if (!job.failure && file)
    std::filesystem::rename(draft, file_of(job), unnamed);
  if (!job.failure && (!file || unnamed))
    job.failure = unwritable;
  if (job.failure)
    throw std::runtime_error{*job.failure};
}

/// The file is there, or cannot be: only that is still to be committed, and is tried again without the file.
void audit_exporter::finish(leader_session& at, claimed work, const std::stop_token& stop) {
  auto& job = work.job;
  bool done = job.status == export_status::done;
  job.finished_at = wall_clock_now();
  ++job.version;
  auto entry = export_entry(job, done ? "AUDIT_EXPORTED" : "AUDIT_EXPORT_FAILED",
                            audit_entry_uuid::generate(), *job.finished_at);
  const commit_unit unit{job.export_id,
                         {write_row(work.tenant, job), write_row(work.tenant, entry), under(*at.term())}};
  auto unknown = false;
  for (std::chrono::milliseconds pause = 1s;;
       pause = std::min<std::chrono::milliseconds>(2 * pause, longest_pause)) {
    at.expect_lead();
    auto failed = commit_(work.tenant, unit);
    if (!failed)
      break;
    log::warn({"audit", "export_end_not_committed", job.correlation_id}, "{}: {}", to_string(job.export_id),
              failed->code);
    if (failed->code == led_by_another.code)
      throw lease_lost{failed->message};
    if (!is_transient(*failed) && unknown)
      return;  // the attempt with unknown outcome probably committed; the row tells
    if (!is_transient(*failed))
      return refused_.push_back(job.export_id);
    unknown = unknown || failed->kind == fault_kind::timeout;
    sleep_until(stop, std::chrono::steady_clock::now() + pause);
    if (stop.stop_requested())
      return;  // the next server rewrites it
  }
  ++(done ? stats_.done : stats_.failed);
  log::info({"audit", "exported", job.correlation_id}, "{} for {}: {} {} rows, {} bytes, selected by {}",
            to_string(job.export_id), to_string(job.requested_by), enum_name(job.status), job.rows_written,
            job.bytes, job.request.text);
}

/// What is of no use to anybody. Other nodes do the same in a folder that is shared.
void audit_exporter::forget_files(leader_session& at) const {
  std::map<uuid, std::filesystem::path> kept;
  std::error_code unreadable;
  for (const auto& file : std::filesystem::directory_iterator{settings_.folder, unreadable})
    if (std::error_code gone;
        file.last_write_time(gone) < std::filesystem::file_time_type::clock::now() - settings_.files_kept)
      std::filesystem::remove(file, gone);
    else if (auto id = uuid::parse(file.path().filename().string().substr(0, uuid_length)))
      kept[*id] = file.path();
  if (kept.empty())
    return;
  std::vector<uuid> ids;
  for (const auto& [id, unused] : kept)
    ids.push_back(id);
  for (const auto& row : ask(at, unwanted_sql, {array_literal(ids), std::to_string(settings_.max_bytes)}))
    std::filesystem::remove(kept.at(uuid::parse(row[0].c_str()).value()), unreadable);
}

std::optional<export_job> find_export(pqxx::transaction_base& tx, tenant_uuid tenant, uuid requested_by,
                                      uuid export_id) {
  auto rows =
      run_query(tx,
                "SELECT to_jsonb(j) - 'tenant_id' FROM audit.export_job j WHERE tenant_id = $1::uuid AND "
                "requested_by = $2::uuid AND export_id = $3::uuid",
                {to_string(tenant), to_string(requested_by), to_string(export_id)});
  if (rows.empty())
    return std::nullopt;
  return value_from_row<export_job>(rows[0][0].as<std::string>());
}

}  // namespace musterd
