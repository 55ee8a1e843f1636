#pragma once

#include "common/fault.hpp"
#include "persistence/commit_batch.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace musterd {

/// One connection that commits batches. Not thread-safe: each journal actor has its own.
class journal_writer {
 public:
  explicit journal_writer(std::string database_url) : url_{std::move(database_url)} {}

  /// Commits all units in one transaction. If that fails for a reason one of them may carry, each is
  /// committed by itself, so that only the culprit fails. Answers one entry per unit: nothing for success, or
  /// its fault. After a connection lost in the middle the outcome is unknown (TIMEOUT); before anything was
  /// sent it is UNAVAILABLE.
  std::vector<std::optional<fault>> commit(std::span<const commit_unit* const> units);

  /// How many batches had to be taken apart.
  std::uint64_t split_batches() const { return split_batches_; }

 private:
  void connect();
  std::optional<fault> try_commit(std::span<const commit_unit* const> units);

  std::string url_;
  std::unique_ptr<pqxx::connection> db_;
  commit_batch batch_;
  std::uint64_t split_batches_ = 0;
};

}  // namespace musterd
