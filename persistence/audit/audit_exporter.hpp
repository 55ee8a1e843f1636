#pragma once

#include "common/fault.hpp"
#include "common/process/interruption.hpp"
#include "domain/audit/audit_export.hpp"
#include "persistence/audit/stored_entry.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace musterd {

struct exporter_settings {
  std::string database_url;
  std::filesystem::path folder;
  std::int64_t max_rows = 1'000'000;
  std::chrono::hours files_kept{30 * 24};
  /// Per company; the newest files are kept, and none is larger.
  std::int64_t max_bytes = std::int64_t{4} * 1024 * 1024 * 1024;
  /// After this long the database takes the exports of a frozen server, and the next one writes them.
  std::chrono::milliseconds longest_silence = std::chrono::minutes{3};
};

struct exporter_stats {
  std::atomic<std::int64_t> rows{0}, done{0}, failed{0};
};

/// Writes requested exports one by one, each from one snapshot and in the memory of one entry. Companies take
/// turns, however many exports one has requested. An export interrupted by the end of a server is restarted
/// by the next. One thread calls `run`.
class audit_exporter {
 public:
  /// Commits and waits: the end of an export is audited like any change.
  using commit_fn = std::function<std::optional<fault>(tenant_uuid, commit_unit)>;

  /// Called for every entry written.
  using shown_fn = std::function<void(tenant_uuid, const audit_entry_view&)>;

  audit_exporter(
      exporter_settings settings, commit_fn commit,
      shown_fn shown = [](tenant_uuid, const audit_entry_view&) {})
      : settings_{std::move(settings)}, commit_{std::move(commit)}, shown_{std::move(shown)} {}

  void run(const ending& until);
  /// There is a new export. Thread-safe.
  void notify();
  std::filesystem::path file_of(const export_job& job) const { return settings_.folder / job.file_name(); }
  const exporter_stats& stats() const { return stats_; }

 private:
  struct claimed {
    tenant_uuid tenant;
    /// Without the fields that cannot be read.
    export_job job;
    /// What is wrong with the row; empty if nothing.
    std::string unreadable;
  };
  void work_off(const ending& until);
  class session;

  std::optional<claimed> claim(session& at) const;
  static export_request request_of(claimed& work);
  void perform(session& at, claimed work, const ending& until);
  void write_file(session& at, claimed& work, const ending& until);
  std::ofstream open_draft(const std::filesystem::path& draft) const;
  void finish(claimed work, const std::stop_token& stop);
  void wait(const std::stop_token& stop, std::chrono::milliseconds patience);
  void forget_files(session& at) const;

  exporter_settings settings_;
  commit_fn commit_;
  shown_fn shown_;
  exporter_stats stats_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool notified_ = false;
  /// Exports whose outcome the journal refused; not written again.
  std::vector<uuid> refused_;
};

/// An export of the caller's own.
std::optional<export_job> find_export(pqxx::transaction_base& tx, tenant_uuid tenant, uuid requested_by,
                                      uuid export_id);

}  // namespace musterd
