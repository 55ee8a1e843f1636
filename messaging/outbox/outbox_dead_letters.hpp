#pragma once

#include "messaging/outbox/outbox_store.hpp"

/// What no broker takes: out of messaging.outbox into messaging.outbox_held, until an operator decides about
/// its dead letter (domain/operations/dead_letter.hpp). Later messages of its key wait there, too.
namespace musterd {

/// Does nothing if the row is gone. False, and nothing is done, if somebody has it locked.
bool bury_row(pqxx::transaction_base& tx, const outbox_row& row, const std::string& error,
              messaging_stats& stats);

/// `rows`: an array of numbers, in PostgreSQL's words. Gives those that were moved: not what somebody has
/// locked, nor what waits for a letter that is being decided about.
std::vector<std::int64_t> hold_rows(pqxx::transaction_base& tx, const std::string& rows);

}  // namespace musterd
