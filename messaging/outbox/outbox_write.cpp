#include "messaging/outbox/outbox_write.hpp"

#include <pqxx/pqxx>

namespace musterd {

void write_outbox(pqxx::transaction_base& tx, tenant_uuid tenant, const outgoing_event& event) {
  tx.exec_params(
      "INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,"
      " occurred_at, correlation_id, traceparent, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, "
      "''), $10)",
      to_string(tenant), to_string(event.event_id), event.event_type, event.exchange, event.routing_key,
      to_string(event.entity_key), to_string(event.occurred_at), event.correlation_id,
      event.traceparent.value_or(""), event.body);
}

}  // namespace musterd
