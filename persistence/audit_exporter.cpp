#include "persistence/audit_exporter.hpp"

#include "common/log.hpp"
#include "persistence/connection.hpp"
#include "persistence/dynamic_query.hpp"
#include "persistence/find_audit_entries.hpp"
#include "persistence/rows_as_json.hpp"

#include <fstream>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr auto looked_for_every = 5s;
constexpr auto files_kept = 7 * 24h;
constexpr std::int64_t progress_every = 20'000;
constexpr std::size_t buffer_size = 256 * 1024;

/// The lock is held as long as somebody works at it, and no longer than they live.
constexpr auto claim_sql = R"(
  SELECT j.tenant_id, to_jsonb(j) - 'tenant_id' FROM audit.export_job j WHERE status IN ('QUEUED', 'RUNNING')
    AND pg_try_advisory_lock(hashtextextended(export_id::text, 0)) ORDER BY created_at LIMIT 1)";

/// Not through the journal: how far it is concerns nobody tomorrow.
constexpr auto progress_sql =
    "UPDATE audit.export_job SET status = 'RUNNING', rows_written = $3::bigint, bytes = $4::bigint "
    "WHERE tenant_id = $1::uuid AND export_id = $2::uuid";

struct interrupted {};

}  // namespace

void audit_exporter::notify() {
  {
    std::lock_guard lock{mutex_};
    notified_ = true;
  }
  changed_.notify_one();
}

void audit_exporter::run(std::stop_token stop) {
  std::filesystem::create_directories(settings_.folder);
  std::filesystem::permissions(settings_.folder, std::filesystem::perms::owner_all);
  while (!stop.stop_requested()) {
    try {
      auto db = open_connection(settings_.database_url, "SET application_name = 'musterd exports'");
      while (auto work = stop.stop_requested() ? std::nullopt : claim(*db))
        perform(*db, std::move(*work), stop);
      forget_old_files();
    } catch (const std::exception& e) {
      log::warn({"audit", "exports_interrupted"}, "{}", e.what());
    }
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, stop, looked_for_every, [this] { return notified_; });
    notified_ = false;
  }
}

std::optional<audit_exporter::claimed> audit_exporter::claim(pqxx::connection& db) {
  pqxx::nontransaction tx{db};
  auto rows = tx.exec(claim_sql);
  if (rows.empty())
    return std::nullopt;
  return claimed{{uuid::parse(rows[0][0].c_str()).value()},
                 value_from_row<export_job>(rows[0][1].as<std::string>())};
}

void audit_exporter::perform(pqxx::connection& db, claimed work, const std::stop_token& stop) {
  try {
    write_file(db, work, stop);
    work.job.status = export_status::done;
  } catch (const interrupted&) {
    return;  // the next server goes on
  } catch (const std::exception& e) {
    log::error({"audit", "export_failed", work.job.correlation_id}, "{}: {}", to_string(work.job.export_id),
               e.what());
    work.job.status = export_status::failed;
    if (!work.job.failure)
      work.job.failure = "The export could not be written; ask for it again.";
  }
  finish(std::move(work));
}

void audit_exporter::write_file(pqxx::connection& db, claimed& work, const std::stop_token& stop) {
  auto& job = work.job;
  auto request = from_json<export_request>(job.request.text).value();
  auto which = audit_conditions_of(work.tenant, request.filters, request.rights);
  if (!which)
    throw std::runtime_error{which.error().message};
  auto draft = file_of(job);
  draft += ".part";
  std::ofstream file{draft, std::ios::binary | std::ios::trunc};
  std::filesystem::permissions(draft,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  auto text = header_line(job.format);
  job.rows_written = job.bytes = 0;
  auto save = [&] {
    file << text;
    job.bytes += static_cast<std::int64_t>(text.size());
    text.clear();
  };
  auto show_progress = [&] {
    pqxx::nontransaction tx{db};
    run_query(tx, progress_sql,
              {to_string(work.tenant), to_string(job.export_id), std::to_string(job.rows_written),
               std::to_string(job.bytes)});
  };
  show_progress();
  row_stream rows{settings_.database_url};
  rows.each("SELECT " + stored_entry_columns() + " FROM audit.entry e WHERE " + which->sql +
                " ORDER BY e.occurred_at DESC, e.entry_id DESC",
            which->parameters, [&](const text_row& row) {
              auto stored = read_entry(row);
              if (!stored)
                throw std::runtime_error{"an entry of the trail is not as this program writes them"};
              append_line(text, job.format, view_of(stored->entry, request.rights.payload));
              if (text.size() >= buffer_size)
                save();
              if (++job.rows_written % progress_every == 0)
                show_progress();
              return job.rows_written <= settings_.max_rows && !stop.stop_requested();
            });
  save();
  file.close();
  if (stop.stop_requested())
    throw interrupted{};
  stats_.rows += job.rows_written;
  if (job.rows_written > settings_.max_rows)
    job.failure =
        "Meanwhile there are more than " + std::to_string(settings_.max_rows) + " entries; ask for fewer.";
  if (!file || job.failure)
    throw std::runtime_error{job.failure.value_or("the file cannot be written")};
  std::filesystem::rename(draft, file_of(job));
}

void audit_exporter::finish(claimed work) {
  auto& job = work.job;
  bool done = job.status == export_status::done;
  job.finished_at = wall_clock_now();
  ++job.version;
  auto entry = export_entry(job, done ? "AUDIT_EXPORTED" : "AUDIT_EXPORT_FAILED",
                            audit_entry_uuid::generate(), *job.finished_at);
  if (auto failed =
          commit_(work.tenant, {job.export_id, {write_row(work.tenant, job), write_row(work.tenant, entry)}}))
    throw std::runtime_error{"the end of export " + to_string(job.export_id) +
                             " was not committed: " + failed->code};
  ++(done ? stats_.done : stats_.failed);
  log::info({"audit", "exported", job.correlation_id}, "{} for {}: {} {} rows, {} bytes, selected by {}",
            to_string(job.export_id), to_string(job.requested_by), enum_name(job.status), job.rows_written,
            job.bytes, job.request.text);
}

void audit_exporter::forget_old_files() const {
  for (const auto& file : std::filesystem::directory_iterator{settings_.folder})
    if (file.last_write_time() < std::filesystem::file_time_type::clock::now() - files_kept)
      std::filesystem::remove(file);
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
