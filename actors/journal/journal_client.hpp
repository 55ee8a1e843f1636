#pragma once

#include "actors/asker.hpp"
#include "domain/kernel/commit.hpp"

namespace musterd {

/// Commits what no entity owns (another domain's audit event, an export) through the journal, in its batches
/// and audit chains.
class journal_client {
 public:
  using done_fn = std::function<void(std::optional<fault>)>;

  journal_client(const actor_environment& env, const asker_pool& askers) : env_{env}, askers_{askers} {}

  /// Thread-safe; `done` is called on an actor's thread and must not block.
  void submit(tenant_uuid tenant, commit_unit unit, done_fn done) const;
  /// Waits for the journal. Not for threads that others wait for.
  std::optional<fault> wait_for(tenant_uuid tenant, commit_unit unit) const;

 private:
  const actor_environment& env_;
  const asker_pool& askers_;
};

}  // namespace musterd
