#pragma once

#include "common/fault.hpp"
#include "domain/audit/audit_export.hpp"
#include "persistence/audit/stored_entry.hpp"
#include "persistence/lead/leader_loop.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <filesystem>
#include <fstream>

namespace musterd {

struct exporter_settings {
  std::filesystem::path folder;
  std::int64_t max_rows = 1'000'000;
  std::chrono::hours files_kept{30 * 24};
  /// Per company; the newest files are kept, and none is larger.
  std::int64_t max_bytes = std::int64_t{4} * 1024 * 1024 * 1024;
};

struct exporter_stats {
  std::atomic<std::int64_t> rows{0}, done{0}, failed{0};
};

/// Writes the exports that were asked for, one after the other, each from one snapshot and in the memory of
/// one entry. Companies take turns, however many one of them has asked for. Of several servers on one
/// database one writes, by lease; what was under way when it ended the next one begins again. One thread
/// calls `run`.
class audit_exporter {
 public:
  /// Commits and waits: the end of an export is audited like any change.
  using commit_fn = std::function<std::optional<fault>(tenant_uuid, commit_unit)>;

  /// Called for every entry written.
  using shown_fn = std::function<void(tenant_uuid, const audit_entry_view&)>;

  audit_exporter(
      lease_keeper& leases, exporter_settings settings, commit_fn commit,
      shown_fn shown = [](tenant_uuid, const audit_entry_view&) {});

  void run(const ending& until) { loop_.run(until); }
  /// Any thread: there is a new one.
  void notify() { loop_.wake(); }
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
  void work_off(leader_session& at, const ending& until);
  std::optional<claimed> claim(leader_session& at) const;
  static export_request request_of(claimed& work);
  void perform(leader_session& at, claimed work, const ending& until);
  void write_file(leader_session& at, claimed& work, const ending& until);
  std::ofstream open_draft(const std::filesystem::path& draft) const;
  void finish(leader_session& at, claimed work, const std::stop_token& stop);
  void forget_files(leader_session& at) const;

  std::string url_;
  exporter_settings settings_;
  commit_fn commit_;
  shown_fn shown_;
  exporter_stats stats_;
  /// Whose end the journal refuses: they are not written once more.
  std::vector<uuid> refused_;
  leader_loop loop_;
};

/// An export of the caller's own.
std::optional<export_job> find_export(pqxx::transaction_base& tx, tenant_uuid tenant, uuid requested_by,
                                      uuid export_id);

}  // namespace musterd
