#include "persistence/find_locations.hpp"

#include "persistence/statement.hpp"

namespace musterd {
namespace {

const statement locations_by_code{"locations_by_code",
                                  paged_sql("SELECT location_id, code, name, timezone, status, created_at, "
                                            "updated_at, version FROM people.location "
                                            "WHERE tenant_id = $1 AND ($4 OR location_id = ANY ($5::uuid[]))",
                                            "code, location_id")};

const statement people_on_the_clock{
    "people_on_the_clock",
    paged_sql("SELECT o.person_id, coalesce(p.first_name, '') AS first_name, coalesce(p.last_name, '') AS "
              "last_name, "
              "o.clocked_in_at, o.break_id IS NOT NULL AS on_break, o.break_type, o.break_started_at "
              "FROM people.on_the_clock o LEFT JOIN people.person p USING (tenant_id, person_id) "
              "WHERE o.tenant_id = $1 AND o.location_id = $4",
              "clocked_in_at, person_id")};

}  // namespace

page<location> find_locations(pqxx::transaction_base& tx, tenant_uuid tenant, bool everywhere,
                              const std::vector<location_uuid>& among, page_limits limits) {
  return read_page<location>(locations_by_code.run(tx, to_string(tenant), limits.first(), limits.last(),
                                                   everywhere, uuid_array(among)),
                             limits);
}

page<clocked_in_person> find_on_the_clock(pqxx::transaction_base& tx, tenant_uuid tenant, location_uuid place,
                                          page_limits limits) {
  return read_page<clocked_in_person>(
      people_on_the_clock.run(tx, to_string(tenant), limits.first(), limits.last(), to_string(place)),
      limits);
}

}  // namespace musterd
