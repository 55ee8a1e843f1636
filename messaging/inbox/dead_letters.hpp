#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/received_event.hpp"

#include <pqxx/transaction_base>

/// messaging.dead_letter: what could not be handled, until an operator decides
/// (domain/operations/dead_letter.hpp).
namespace musterd {

/// Writes the row and raises the alert; gives the new row's id.
uuid bury(pqxx::transaction_base& tx, const consumer_spec& consumer, const received_event& message,
          dead_reason reason, const std::string& error, int attempts, messaging_stats& stats);

}  // namespace musterd
