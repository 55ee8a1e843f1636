#pragma once

#include "common/described.hpp"
#include "common/time.hpp"
#include "common/uuid.hpp"
#include "messaging/messaging_stats.hpp"

#include <pqxx/transaction_base>

namespace musterd {

enum class alert_severity { info, warning, critical };
BOOST_DESCRIBE_ENUM(alert_severity, info, warning, critical)

/// Something an operator should know. Also the payload of the message.
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

/// A log line now; a row in messaging.alert and a message on ops.alerts (through the outbox) with the
/// transaction. `tenant` is nil for what concerns no single tenant.
void raise_alert(pqxx::transaction_base& tx, tenant_uuid tenant, const operator_alert& alert,
                 messaging_stats& stats);

}  // namespace musterd
