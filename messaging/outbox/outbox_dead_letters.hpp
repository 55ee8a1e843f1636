#pragma once

#include "messaging/outbox/outbox_store.hpp"

/// Moves what no broker takes from messaging.outbox to messaging.outbox_held, until an operator decides about
/// its dead letter (domain/operations/dead_letter.hpp). Later messages of its key wait there too.
namespace musterd {

/// True, with no effect, if the row is gone. False, with no effect, if somebody has it locked.
bool bury_row(pqxx::transaction_base& tx, const outbox_row& row, const std::string& error,
              messaging_stats& stats);

/// `rows`: a PostgreSQL array literal of numbers. Returns those moved: not rows locked by others, nor those
/// of a letter being decided.
std::vector<std::int64_t> hold_rows(pqxx::transaction_base& tx, const std::string& rows);

}  // namespace musterd
