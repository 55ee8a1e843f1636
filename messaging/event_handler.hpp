#pragma once

#include "common/fault.hpp"
#include "domain/outgoing_event.hpp"

#include <pqxx/transaction_base>

#include <span>

namespace musterd {

/// What a consumer does with an event. Called on the consumer's thread, possibly several times for one event,
/// but only one of the calls is committed. A transient fault or an exception: later again. Another fault:
/// never again, the event goes to the dead letters. Must not commit, and must not fail for event types it
/// does not know.
class event_handler {
 public:
  virtual ~event_handler() = default;
  virtual outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) = 0;

  /// Handles several at once, no two of one key; whether all went well. If not, the transaction is rolled
  /// back and each of them is handled alone. For a handler whose effect is elsewhere (an actor's commit) and
  /// which would wait for each: it asks for all, then waits for all, and must bear to be asked again.
  virtual bool handle_all(pqxx::transaction_base& tx, std::span<const event_envelope* const> events) {
    for (const auto* event : events)
      if (!handle(tx, *event))
        return false;
    return true;
  }
};

}  // namespace musterd
