#include "messaging/alerts.hpp"

#include "common/json_write.hpp"
#include "common/log.hpp"
#include "messaging/database_session.hpp"
#include "messaging/outbox_write.hpp"

namespace musterd {
namespace {

std::string_view routing_key(alert_severity severity) {
  switch (severity) {
    case alert_severity::info: return "ops.alert.info.v1";
    case alert_severity::warning: return "ops.alert.warning.v1";
    case alert_severity::critical: break;
  }
  return "ops.alert.critical.v1";
}

log::level log_level(alert_severity severity) {
  switch (severity) {
    case alert_severity::info: return log::level::info;
    case alert_severity::warning: return log::level::warn;
    case alert_severity::critical: break;
  }
  return log::level::error;
}

}  // namespace

void raise_alert(pqxx::transaction_base& tx, tenant_uuid tenant, const operator_alert& alert,
                 messaging_stats& stats) {
  log::line(log_level(alert.severity), {"alert", alert.type, alert.correlation_id}, "{}", alert.message);
  query(tx,
        "INSERT INTO messaging.alert (id, severity, type, message, details, correlation_id, raised_at)"
        " VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)",
        to_string(alert.alert_id), std::string{enum_name(alert.severity)}, alert.type, alert.message,
        alert.details.text, alert.correlation_id, to_string(alert.raised_at));
  request_context ctx;
  ctx.tenant = tenant;
  ctx.kind = principal_kind::system;
  ctx.actor = system_principal;
  ctx.now = alert.raised_at;
  ctx.correlation_id = alert.correlation_id;
  event_route route{"OperatorAlertRaised", "ops.alerts", routing_key(alert.severity)};
  write_outbox(tx, tenant, make_event(ctx, route, event_uuid::generate(), alert.alert_id, to_json(alert)));
  ++stats.alerts;
}

}  // namespace musterd
