#pragma once

#include "domain/operations/alert.hpp"
#include "messaging/messaging_stats.hpp"

#include <pqxx/transaction_base>

namespace musterd {

/// Raises an alert outside the journal: a log line now, the row and the message with the transaction.
/// `tenant` is nil for alerts beyond one tenant. A correlation id that no message could carry is cut to what
/// fits.
void raise_alert(pqxx::transaction_base& tx, tenant_uuid tenant, operator_alert alert,
                 messaging_stats& stats);

}  // namespace musterd
