#include "http/routes/audit/altered_values.hpp"

#include "actors/journal/raise_alert.hpp"
#include "common/observation/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace musterd {
namespace {

struct altered_details {
  audit_entry_uuid entry_id;
  std::vector<std::string> altered_fields;
};
BOOST_DESCRIBE_STRUCT(altered_details, (), (entry_id, altered_fields))

}  // namespace

bool altered_values::take_turn() {
  auto now = std::chrono::steady_clock::now();
  std::lock_guard lock{mutex_};
  if (raised_at_ && now - *raised_at_ < std::chrono::minutes{1})
    return false;
  raised_at_ = now;
  return true;
}

void altered_values::look_at(tenant_uuid tenant, const audit_entry_view& shown) {
  if (shown.altered_fields.empty())
    return;
  counted_.counter("audit_values_altered_total").Increment();
  log::critical({"audit", "values_altered", shown.correlation_id}, "{} of entry {}",
                fmt::join(shown.altered_fields, ", "), to_string(shown.entry_id));
  if (!take_turn())
    return;
  operator_alert alert{uuid::generate(),
                       alert_severity::critical,
                       "AUDIT_VALUES_ALTERED",
                       "Values beside an entry of the audit trail are not what was written.",
                       {to_json(altered_details{shown.entry_id, shown.altered_fields})},
                       shown.correlation_id,
                       wall_clock_now()};
  raise_alert(commits_, tenant, alert);
}

}  // namespace musterd
