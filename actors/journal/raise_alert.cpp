#include "actors/journal/raise_alert.hpp"

namespace musterd {

void raise_alert(const journal_client& commits, tenant_uuid tenant, const operator_alert& alert) {
  commits.submit(tenant, {alert.alert_id, alert_rows(alert, tenant, event_uuid::generate())},
                 [](const std::optional<fault>&) {});
}

}  // namespace musterd
