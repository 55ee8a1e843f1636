#pragma once

#include "domain/kernel/outgoing_event.hpp"

#include <pqxx/transaction_base>

namespace musterd {

/// Writes one event to the outbox, for changes that bypass the journal.
void write_outbox(pqxx::transaction_base& tx, tenant_uuid tenant, const outgoing_event& event);

}  // namespace musterd
