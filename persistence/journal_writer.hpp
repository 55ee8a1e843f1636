#pragma once

#include "common/fault.hpp"
#include "persistence/chain_writer.hpp"
#include "persistence/commit_batch.hpp"
#include "persistence/plan_renewal.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace musterd {

/// One connection that commits batches, with a chain of its own for the audit entries in them. Not
/// thread-safe: each journal actor has its own.
class journal_writer {
 public:
  /// A key nobody kept serves only where nobody verifies.
  explicit journal_writer(std::string database_url, audit_key key = audit_key::generate())
      : url_{std::move(database_url)}, chains_{key} {}

  /// Commits all units in one transaction. If that fails for a reason one of them may carry, each is
  /// committed by itself, so that only the culprit fails. Answers one entry per unit: nothing for success, or
  /// its fault. After a connection lost in the middle the outcome is unknown (TIMEOUT); before anything was
  /// sent it is UNAVAILABLE.
  std::vector<std::optional<fault>> commit(std::span<const commit_unit* const> units);

  /// How many batches had to be taken apart.
  std::uint64_t split_batches() const { return split_batches_; }
  /// How many audit entries of each category were committed since the last call.
  std::map<std::string, std::int64_t> take_audited() { return chains_.take_counts(); }

 private:
  void connect();
  std::optional<fault> try_commit(std::span<const commit_unit* const> units);
  std::optional<fault> execute(std::span<const commit_unit* const> units);

  std::string url_;
  std::unique_ptr<pqxx::connection> db_;
  plan_renewal plans_;
  commit_batch batch_;
  chain_writer chains_;
  std::uint64_t split_batches_ = 0;
};

}  // namespace musterd
