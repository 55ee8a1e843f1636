#pragma once

#include "domain/kernel/commit.hpp"
#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/forwarding_handler.hpp"

namespace musterd {

/// Records financial exceptions of other domains in the audit trail. They go through the journal, whose
/// writers alone make the chains; an event is unique by its id there, not by the inbox.
class financial_audit final : public forwarding_handler {
 public:
  /// Starts the commit without waiting.
  using commit_fn = std::function<void(tenant_uuid, commit_unit, done_fn)>;

  explicit financial_audit(commit_fn commit) : commit_{std::move(commit)} {}
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override { return event_type == "AuditEventRecorded"; }
  std::string content_of(const event_envelope& event) const override;

 private:
  outcome<forward_fn> read(const event_envelope& event) override;

  commit_fn commit_;
};

}  // namespace musterd
