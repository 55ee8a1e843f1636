#pragma once

#include "domain/kernel/outgoing_event.hpp"

#include <pqxx/transaction_base>

namespace musterd {

/// One event into the outbox, for what does not go through the journal.
void write_outbox(pqxx::transaction_base& tx, tenant_uuid tenant, const outgoing_event& event);

}  // namespace musterd
