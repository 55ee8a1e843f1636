#pragma once

#include "common/fault.hpp"
#include "domain/outgoing_event.hpp"

#include <pqxx/transaction_base>

namespace musterd {

/// What a consumer does with an event. Called on the consumer's thread, possibly several times for one event,
/// but only one of the calls is committed. A transient fault or an exception: later again. Another fault:
/// never again, the event goes to the dead letters. Must not commit, and must not fail for event types it
/// does not know.
class event_handler {
 public:
  virtual ~event_handler() = default;
  virtual outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) = 0;
};

}  // namespace musterd
