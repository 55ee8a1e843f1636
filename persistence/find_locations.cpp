#include "persistence/find_locations.hpp"

#include "persistence/rows_as_json.hpp"
#include "persistence/statement.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Rows of (total, item as JSON). A page behind the last has no row that could carry the total: `total_count`
/// then comes from the row that the outer join always yields.
template <class T>
page<T> read_page(const pqxx::result& rows, page_limits limits) {
  page<T> result{{}, limits.index, limits.size, 0};
  for (const auto& row : rows) {
    result.total_count = row[0].as<std::int64_t>();
    if (!row[1].is_null())
      result.items.push_back(value_from_row<T>(row[1].template as<std::string>()));
  }
  return result;
}

std::string paged(std::string_view source, std::string_view order) {
  return fmt::format(R"(
    WITH matching AS ({})
    SELECT t.total, p.item
    FROM (SELECT count(*) AS total FROM matching) t
    LEFT JOIN LATERAL (SELECT to_jsonb(m) AS item, row_number() OVER (ORDER BY {}) AS place FROM matching m) p
      ON p.place > $2::bigint AND p.place <= $3::bigint
    ORDER BY p.place)",
                     source, order);
}

std::string uuid_array(const std::vector<location_uuid>& ids) {
  std::string result = "{";
  for (const auto& id : ids)
    result += (result.size() > 1 ? "," : "") + to_string(id);
  return result + '}';
}

const statement locations_by_code{"locations_by_code",
                                  paged("SELECT location_id, code, name, timezone, status, created_at, "
                                        "updated_at, version FROM people.location "
                                        "WHERE tenant_id = $1 AND ($4 OR location_id = ANY ($5::uuid[]))",
                                        "code, location_id")};

const statement people_on_the_clock{
    "people_on_the_clock",
    paged("SELECT o.person_id, coalesce(p.first_name, '') AS first_name, coalesce(p.last_name, '') AS "
          "last_name, "
          "o.clocked_in_at, o.break_id IS NOT NULL AS on_break, o.break_type, o.break_started_at "
          "FROM people.on_the_clock o LEFT JOIN people.person p USING (tenant_id, person_id) "
          "WHERE o.tenant_id = $1 AND o.location_id = $4",
          "clocked_in_at, person_id")};

}  // namespace

page<location> find_locations(pqxx::transaction_base& tx, tenant_uuid tenant, bool everywhere,
                              const std::vector<location_uuid>& among, page_limits limits) {
  return read_page<location>(locations_by_code.run(tx, to_string(tenant), limits.index * limits.size,
                                                   (limits.index + 1) * limits.size, everywhere,
                                                   uuid_array(among)),
                             limits);
}

page<clocked_in_person> find_on_the_clock(pqxx::transaction_base& tx, tenant_uuid tenant, location_uuid place,
                                          page_limits limits) {
  return read_page<clocked_in_person>(
      people_on_the_clock.run(tx, to_string(tenant), limits.index * limits.size,
                              (limits.index + 1) * limits.size, to_string(place)),
      limits);
}

}  // namespace musterd
