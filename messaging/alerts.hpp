#pragma once

#include "domain/operations/alert.hpp"
#include "messaging/messaging_stats.hpp"

#include <pqxx/transaction_base>

namespace musterd {

/// Raises an alert with a transaction that is not the journal's: a log line now, the row and the message with
/// the transaction. `tenant` is nil for what concerns no single tenant. Of a correlation id that no message
/// could carry it keeps what fits.
void raise_alert(pqxx::transaction_base& tx, tenant_uuid tenant, operator_alert alert,
                 messaging_stats& stats);

}  // namespace musterd
