#include "persistence/load/person_changes.hpp"

#include "persistence/sql/dynamic_query.hpp"

namespace musterd {
namespace {

constexpr auto person_changes_since = R"(
  SELECT pg_snapshot_xmin(pg_current_snapshot()), v.tenant_id, v.record_id, v.version
  FROM (VALUES (1)) once LEFT JOIN journal.record_version v
    ON v.aggregate = 'person' AND v.changed_in >= nullif($1, '')::xid8)";

}  // namespace

person_changes find_person_changes(pqxx::transaction_base& tx, const std::string& since) {
  auto rows = run_query(tx, person_changes_since, {since});
  person_changes result{{}, rows.at(0)[0].as<std::string>()};
  for (const auto& row : rows)
    if (!row[1].is_null())
      result.changed.push_back({{uuid::parse(row[1].c_str()).value()},
                                {uuid::parse(row[2].c_str()).value()},
                                row[3].as<std::int64_t>()});
  return result;
}

}  // namespace musterd
