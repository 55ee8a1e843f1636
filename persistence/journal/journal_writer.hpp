#pragma once

#include "common/fault.hpp"
#include "common/process/interruption.hpp"
#include "persistence/audit/chain/chain_writer.hpp"
#include "persistence/journal/backend_succession.hpp"
#include "persistence/journal/commit_batch.hpp"
#include "persistence/sql/plan_renewal.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace musterd {

/// One connection that commits batches, with its own chain for their audit entries. Not thread-safe: each
/// journal actor has its own.
class journal_writer {
 public:
  /// The default key is not kept, so nothing it signs can be verified later. `session` and `memory` are
  /// shared with this writer's successor. Once `cut` is requested, a commit waiting for the database has an
  /// unknown outcome.
  explicit journal_writer(
      std::string database_url, audit_key key = audit_key::generate(),
      std::shared_ptr<backend_succession> session = std::make_shared<backend_succession>(),
      std::stop_token cut = {}, std::shared_ptr<chain_memory> memory = std::make_shared<chain_memory>())
      : url_{std::move(database_url)}, session_{std::move(session)}, cut_{std::move(cut)},
        chains_{key, std::move(memory)} {}

  /// Commits all units in one transaction. If one of them may have caused its failure (a rule, or a held
  /// lock), commits each separately, so that only the culprit fails; those waiting for locks come last.
  /// Returns one entry per unit: nullopt for success, or its fault. A connection lost midway leaves the
  /// outcome unknown (TIMEOUT); before anything was sent it is UNAVAILABLE. After an unknown outcome nothing
  /// succeeds until the backend that may still commit is gone.
  std::vector<std::optional<fault>> commit(std::span<const commit_unit* const> units);

  std::uint64_t split_batches() const { return split_batches_; }
  /// Audit entries per category committed since the last call.
  std::map<std::string, std::int64_t> take_audited() { return chains_.take_counts(); }
  /// Alerts about the trail committed since the last call.
  std::uint64_t take_alerts() { return chains_.take_alerts(); }

 private:
  /// Why a transaction failed, hence whether one of its units may be to blame.
  enum class cause { none, rule, contention, database };
  struct attempt {
    std::optional<fault> failed;
    cause why = cause::none;
    /// The database's message on contention.
    std::string met = {};
  };
  using answers = std::vector<std::optional<fault>>;

  void connect();
  void drop_connection();
  void limit_lock_waits(std::chrono::milliseconds limit);
  attempt try_commit(std::span<const commit_unit* const> units, std::chrono::milliseconds lock_wait);
  attempt execute(std::span<const commit_unit* const> units);
  bool is_about_another_version(const fault& refused, const commit_unit& unit);
  attempt lose_connection(const std::exception& why, std::size_t units, bool begun);
  answers commit_one_by_one(std::span<const commit_unit* const> units, std::string& met);

  std::string url_;
  std::shared_ptr<backend_succession> session_;
  std::stop_token cut_;
  std::unique_ptr<pqxx::connection> db_;
  std::optional<interruption> interruption_;
  std::chrono::milliseconds lock_wait_{0};
  plan_renewal plans_;
  commit_batch batch_;
  chain_writer chains_;
  std::uint64_t split_batches_ = 0;
};

}  // namespace musterd
