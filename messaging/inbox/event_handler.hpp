#pragma once

#include "common/fault.hpp"
#include "domain/kernel/outgoing_event.hpp"

#include <pqxx/transaction_base>

#include <span>
#include <vector>

namespace musterd {

/// What a consumer does with an event. Called on the consumer's thread, possibly several times for one event,
/// but only one of the calls is committed. A transient fault or an exception: later again. Another fault:
/// never again, the event goes to the dead letters. Must not commit, and must not wait for others while the
/// transaction holds its locks.
class event_handler {
 public:
  virtual ~event_handler() = default;
  virtual outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) = 0;

  /// What is of another type is let pass, and nothing is kept of it: not even its id, which anybody may
  /// choose.
  virtual bool takes(std::string_view) const { return true; }
  /// A fault: what it says can never be handled, whatever is known here. Cheap, and asks nobody.
  virtual outcome<void> check(const event_envelope&) { return {}; }
  /// What makes an event the same when it comes again; with other content it is another event under the same
  /// id, and goes to the dead letters. Must never change: the digest is compared with those of old versions.
  virtual std::string content_of(const event_envelope& event) const {
    return event.event_type + '\n' + event.payload.text;
  }

  /// Whether part of the effect is elsewhere, see `forwarding_handler`: then `forward` is called before
  /// `handle`, with no transaction open.
  virtual bool forwards() const { return false; }
  virtual outcome<void> forward(const event_envelope&) { return {}; }
  /// Several at once, no two of one key; gives how each went. After a transient
  /// fault each is handed on alone.
  virtual std::vector<outcome<void>> forward_all(std::span<const event_envelope* const> events) {
    return std::vector<outcome<void>>(events.size());
  }
};

}  // namespace musterd
