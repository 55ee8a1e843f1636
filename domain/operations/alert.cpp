#include "domain/operations/alert.hpp"

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

}  // namespace

log::level level_of(alert_severity severity) {
  switch (severity) {
    case alert_severity::info: return log::level::info;
    case alert_severity::warning: return log::level::warn;
    case alert_severity::critical: break;
  }
  return log::level::critical;
}

outgoing_event alert_message(const operator_alert& alert, tenant_uuid tenant, event_uuid event_id) {
  request_context ctx;
  ctx.tenant = tenant;
  ctx.kind = principal_kind::system;
  ctx.actor = system_principal;
  ctx.now = alert.raised_at;
  ctx.correlation_id = alert.correlation_id;
  event_route route{"OperatorAlertRaised", "ops.alerts", routing_key(alert.severity)};
  return make_event(ctx, route, event_id, alert.alert_id, to_json(alert));
}

std::vector<row_write> alert_rows(const operator_alert& alert, tenant_uuid tenant, event_uuid event_id) {
  return {write_row(tenant, alert), write_row(tenant, alert_message(alert, tenant, event_id))};
}

void add_alert(effects& out, const operator_alert& alert, tenant_uuid tenant, id_source& ids) {
  out.write(tenant, alert);
  out.write(tenant, alert_message(alert, tenant, {ids.next()}));
  out.signals.push_back({"alerts_total", {}, alert.type, alert.message, level_of(alert.severity)});
}

}  // namespace musterd
