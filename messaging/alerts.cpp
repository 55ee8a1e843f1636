#include "messaging/alerts.hpp"

#include "messaging/inbox/envelope_limits.hpp"
#include "messaging/outbox/outbox_write.hpp"

#include <pqxx/pqxx>

namespace musterd {

void raise_alert(pqxx::transaction_base& tx, tenant_uuid tenant, operator_alert alert,
                 messaging_stats& stats) {
  // The alert is often about a message with a bad correlation id, and must not fail the same way.
  alert.correlation_id = plain_name(alert.correlation_id);
  log::line(level_of(alert.severity), {"alert", alert.type, alert.correlation_id}, "{}", alert.message);
  tx.exec_params(
      "INSERT INTO messaging.alert (tenant_id, alert_id, severity, type, message, details, correlation_id,"
      " raised_at) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)",
      to_string(tenant), to_string(alert.alert_id), std::string{enum_name(alert.severity)}, alert.type,
      alert.message, alert.details.text, alert.correlation_id, to_string(alert.raised_at));
  write_outbox(tx, tenant, alert_message(alert, tenant, event_uuid::generate()));
  ++stats.alerts;
}

}  // namespace musterd
