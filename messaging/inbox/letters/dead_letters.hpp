#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/received_event.hpp"

#include <pqxx/transaction_base>

#include <limits>

/// messaging.dead_letter: what could not be handled, until an operator decides
/// (domain/operations/dead_letter.hpp).
namespace musterd {

struct burial {
  dead_reason reason = dead_reason::malformed;
  std::string error;
  int attempts = 1;
  /// Later messages of its key wait for an operator.
  bool blocks = false;
  /// Longer events are truncated, and can then only be discarded.
  std::size_t kept = std::numeric_limits<std::size_t>::max();
  bool alert = true;
};

/// Writes the row and raises the alert; returns the new row's id.
uuid bury(pqxx::transaction_base& tx, const consumer_spec& consumer, const received_event& message,
          const burial& how, messaging_stats& stats);

}  // namespace musterd
