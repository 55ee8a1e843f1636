#pragma once

#include "messaging/inbox/event_handler.hpp"

#include <functional>
#include <optional>

namespace musterd {

/// A handler with its effect elsewhere: forwards each event, e.g. to an actor, and waits for the commit
/// there, a whole batch at once. No transaction is open meanwhile, because the receiver may need its locks.
/// After a crash before the inbox commits, the event is forwarded again, so the receiver must be idempotent.
class forwarding_handler : public event_handler {
 public:
  /// Called once, on any thread: committed, or why not.
  using done_fn = std::function<void(std::optional<fault>)>;
  using forward_fn = std::function<void(done_fn)>;

  bool forwards() const final { return true; }
  outcome<void> forward(const event_envelope& event) final;
  outcome<void> check(const event_envelope& event) final;
  std::vector<outcome<void>> forward_all(std::span<const event_envelope* const> events) final;
  outcome<void> handle(pqxx::transaction_base&, const event_envelope&) final { return {}; }

 protected:
  /// What to do about an event. Only parses, without queries; in a batch everything is read before anything
  /// is forwarded.
  virtual outcome<forward_fn> read(const event_envelope& event) = 0;
};

/// Messages are handled as the system, on behalf of their sender.
request_context context_of(const event_envelope& event);

}  // namespace musterd
