#pragma once

#include "domain/commit.hpp"
#include "messaging/event_handler.hpp"
#include "messaging/topology.hpp"

#include <functional>

namespace musterd {

/// Puts financial exceptions of other domains into the audit trail. They go through the journal, whose
/// writers alone make the chains; that an event is there once is kept by its id, not by the inbox.
class financial_audit final : public event_handler {
 public:
  /// Commits, and waits for it.
  using commit_fn = std::function<std::optional<fault>(tenant_uuid, commit_unit)>;

  explicit financial_audit(commit_fn commit) : commit_{std::move(commit)} {}
  static consumer_spec spec();
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;

 private:
  commit_fn commit_;
};

}  // namespace musterd
