#pragma once

#include "common/fault.hpp"
#include "messaging/received_event.hpp"
#include "messaging/topology.hpp"

#include <pqxx/transaction_base>

/// messaging.dead_letter: what could not be handled, until an operator decides. The functions take a
/// transaction, so that the audit entry can be part of it.
namespace musterd {

/// Writes the row and raises the alert; gives the new row's id.
uuid bury(pqxx::transaction_base& tx, const consumer_spec& consumer, const received_event& message,
          dead_reason reason, const std::string& error, int attempts, messaging_stats& stats);

/// Sends the message to its queue once more, with all attempts before it; what waits behind it keeps waiting.
/// Faults: DEAD_LETTER_NOT_FOUND, DEAD_LETTER_NOT_OPEN, DEAD_LETTER_NOT_RETRYABLE (malformed: there is no
/// event in it).
outcome<void> retry_dead_letter(pqxx::transaction_base& tx, const uuid& id);

/// Drops the message for ever; what waits behind it flows within a second. Faults: DEAD_LETTER_NOT_FOUND,
/// DEAD_LETTER_NOT_OPEN.
outcome<void> discard_dead_letter(pqxx::transaction_base& tx, const uuid& id, const std::string& reason);

}  // namespace musterd
