#include "persistence/load/load_company_directory.hpp"

#include "persistence/load/service_rows.hpp"
#include "persistence/sql/dynamic_query.hpp"
#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

namespace musterd {
namespace {

struct directory_rows {
  std::int64_t version = 0;
  std::int64_t relied_on = 0;
  std::vector<role> roles;
  std::vector<location> locations;
  std::vector<service> services;
};
BOOST_DESCRIBE_STRUCT(directory_rows, (), (version, relied_on, roles, locations, services))

const statement company_directory_by_tenant{"company_directory_by_tenant",
                                            fmt::format(R"(
  SELECT jsonb_build_object(
    'version', coalesce((SELECT c.version FROM people.company_change c WHERE c.tenant_id = $1), 0),
    'relied_on', coalesce((SELECT v.relied_on FROM journal.record_version v
      WHERE v.tenant_id = $1 AND v.record_id = $1 AND v.aggregate = '{}'), 0),
    'roles', coalesce((SELECT jsonb_agg(to_jsonb(r) - 'tenant_id') FROM security.role r
      WHERE r.tenant_id = $1), '[]'),
    'locations', coalesce((SELECT jsonb_agg(to_jsonb(l) - 'tenant_id') FROM people.location l
      WHERE l.tenant_id = $1), '[]'),
    'services', {}))",
                                                        company_record, live_services)};

constexpr auto company_changes_since = R"(
  SELECT pg_snapshot_xmin(pg_current_snapshot()), c.tenant_id, c.version
  FROM (VALUES (1)) once LEFT JOIN people.company_change c ON c.changed_in >= nullif($1, '')::xid8)";

}  // namespace

company_directory_ptr load_company_directory(pqxx::transaction_base& tx, tenant_uuid tenant) {
  auto rows = value_from_row<directory_rows>(
      company_directory_by_tenant.run(tx, to_string(tenant)).at(0)[0].as<std::string>());
  auto result = std::make_shared<company_directory>();
  result->version = rows.version;
  result->relied_on = rows.relied_on;
  for (auto& r : rows.roles)
    result->roles.add(std::move(r));
  for (auto& l : rows.locations)
    result->locations.add(tenant, std::move(l));
  for (const auto& s : rows.services)
    result->services.add(s);
  return result;
}

void show_company(pqxx::transaction_base& tx, company_directories& shown, tenant_uuid tenant) {
  while (shown.must_be_read(tenant))
    reread_company(tx, shown, tenant);
}

void reread_company(pqxx::transaction_base& tx, company_directories& shown, tenant_uuid tenant) {
  auto stamp = shown.stamp(tenant);
  shown.replace(tenant, stamp, load_company_directory(tx, tenant));
}

company_changes find_company_changes(pqxx::transaction_base& tx, const std::string& since) {
  auto rows = run_query(tx, company_changes_since, {since});
  company_changes result{{}, rows.at(0)[0].as<std::string>()};
  for (const auto& row : rows)
    if (!row[1].is_null())
      result.changed.push_back({{uuid::parse(row[1].c_str()).value()}, row[2].as<std::int64_t>()});
  return result;
}

std::vector<tenant_uuid> refresh_companies(pqxx::transaction_base& tx, company_directories& shown,
                                           company_watch& watch) {
  std::vector<tenant_uuid> reread;
  auto look = find_company_changes(tx, watch.since);
  if (watch.since.empty())
    watch.unsure = shown.outdate_all();
  for (const auto& [tenant, version] : look.changed) {
    if (!shown.contains(tenant)) {
      shown.outdate(tenant);
    } else if (shown.find(tenant)->version < version) {
      reread_company(tx, shown, tenant);
      reread.push_back(tenant);
    }
  }
  watch.since = std::move(look.next);
  for (std::size_t i = 0; i < company_watch::reread_at_once && !watch.unsure.empty(); ++i) {
    reread_company(tx, shown, watch.unsure.back());
    reread.push_back(watch.unsure.back());
    watch.unsure.pop_back();
  }
  return reread;
}

}  // namespace musterd
