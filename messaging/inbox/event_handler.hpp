#pragma once

#include "common/fault.hpp"
#include "domain/kernel/outgoing_event.hpp"

#include <pqxx/transaction_base>

#include <span>
#include <vector>

namespace musterd {

/// What a consumer does with an event. Called on the consumer's thread, possibly several times per event, but
/// only one call is committed. A transient fault or an exception means a retry, any other fault a dead
/// letter. Must not commit, nor wait for others while the transaction holds locks.
class event_handler {
 public:
  virtual ~event_handler() = default;
  virtual outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) = 0;

  /// Other types are ignored and nothing of them is kept, not even their id, which any sender may choose.
  virtual bool takes(std::string_view) const { return true; }
  /// A fault if its content alone makes it impossible to handle. Cheap, without queries.
  virtual outcome<void> check(const event_envelope&) { return {}; }
  /// What identifies an event's content when it is redelivered; other content under the same id is another
  /// event, and becomes a dead letter. Must never change: the digest is compared with those of old versions.
  virtual std::string content_of(const event_envelope& event) const {
    return event.event_type + '\n' + event.payload.text;
  }

  /// Whether part of the effect is elsewhere, see `forwarding_handler`: then `forward` is called before
  /// `handle`, with no transaction open.
  virtual bool forwards() const { return false; }
  virtual outcome<void> forward(const event_envelope&) { return {}; }
  /// Several at once, no two of one key; returns the outcome of each. After a transient fault each is
  /// forwarded alone.
  virtual std::vector<outcome<void>> forward_all(std::span<const event_envelope* const> events) {
    return std::vector<outcome<void>>(events.size());
  }
};

}  // namespace musterd
