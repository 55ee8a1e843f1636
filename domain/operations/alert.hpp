#pragma once

#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

namespace musterd {

enum class alert_severity { info, warning, critical };
BOOST_DESCRIBE_ENUM(alert_severity, info, warning, critical)

/// Something an operator should know: a row, a message on ops.alerts (with this as payload), a log line and a
/// metric.
struct operator_alert {
  uuid alert_id;
  alert_severity severity = alert_severity::warning;
  /// Stable, for filters: "DEAD_LETTER".
  std::string type;
  std::string message;
  raw_json details{"{}"};
  std::string correlation_id;
  timestamp raised_at{};
};
BOOST_DESCRIBE_STRUCT(operator_alert, (),
                      (alert_id, severity, type, message, details, correlation_id, raised_at))
template <>
struct table_of<operator_alert> : insert_table<"messaging.alert", "alert_id"> {};

log::level level_of(alert_severity severity);
/// The message on ops.alerts.
outgoing_event alert_message(const operator_alert& alert, tenant_uuid tenant, event_uuid event_id);

/// The rows of an alert raised outside a decision: its own, and the outbox message.
std::vector<row_write> alert_rows(const operator_alert& alert, tenant_uuid tenant, event_uuid event_id);

/// Raises an alert as part of a decision; it is logged and counted after the commit.
void add_alert(effects& out, const operator_alert& alert, tenant_uuid tenant, id_source& ids);

}  // namespace musterd
