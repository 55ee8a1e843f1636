#include "persistence/journal/origins.hpp"

#include "persistence/jobs/purge.hpp"
#include "persistence/sql/dynamic_query.hpp"

namespace musterd {
namespace {

struct origins_purged_audit {
  timestamp before{};
};
BOOST_DESCRIBE_STRUCT(origins_purged_audit, (), (before))

constexpr auto event_type = "AUDIT_ORIGINS_PURGED";

/// By the index `origin_by_time`; tenants with more rows turn up again next time.
constexpr auto tenants_sql = R"(
  SELECT DISTINCT tenant_id FROM (
    SELECT tenant_id FROM audit.personal_value
    WHERE field IN ('clientAddress', 'userAgent') AND recorded_at < $1::timestamptz
    ORDER BY recorded_at LIMIT 1000) oldest)";

constexpr auto noted_sql = R"(
  SELECT EXISTS (SELECT FROM audit.entry WHERE tenant_id = $1::uuid AND event_type = $2
    AND occurred_at >= $3::timestamptz AND details ->> 'before' = $4))";

constexpr auto purge_sql = "SELECT retention.origins($1::uuid, $2::timestamptz, $3::int)";

}  // namespace

std::vector<tenant_uuid> tenants_with_origins(pqxx::transaction_base& tx, timestamp before) {
  std::vector<tenant_uuid> result;
  for (const auto& row : run_query(tx, tenants_sql, {to_string(before)}))
    result.push_back({uuid::parse(row[0].c_str()).value()});
  return result;
}

bool origins_purge_noted(pqxx::transaction_base& tx, tenant_uuid tenant, timestamp before) {
  return run_query(tx, noted_sql, {to_string(tenant), event_type, to_string(before), to_string(before)})[0][0]
      .as<bool>();
}

audit_entry origins_purged_entry(const request_context& ctx, uuid entry_id, timestamp before) {
  auto entry = audit_from(ctx, entry_id, audit_category::security, event_type);
  entry.subject_type = "Tenant";
  entry.subject_id = ctx.tenant.value;
  entry.details.text = to_json(origins_purged_audit{before});
  return entry;
}

std::size_t purge_origins(pqxx::transaction_base& tx, tenant_uuid tenant, timestamp before) {
  return run_query(tx, purge_sql,
                   {to_string(tenant), to_string(before), std::to_string(rows_per_purge)})[0][0]
      .as<std::size_t>();
}

}  // namespace musterd
