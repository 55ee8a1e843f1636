#include "persistence/find/find_locations.hpp"

#include "domain/kernel/sql_value.hpp"

namespace musterd {
namespace {

const list_statement locations_by_code{"locations_by_code", R"(
    SELECT location_id, code, name, timezone, status, created_at, updated_at, version
    FROM people.location WHERE tenant_id = $1 AND ($4 OR location_id = ANY ($5::uuid[])))",
                                       list_order{{{"code", list_order::kind::text}}}};

const statement location_by_id{"location_by_id", R"(
  SELECT to_jsonb(l) - 'tenant_id' FROM people.location l WHERE tenant_id = $1 AND location_id = $2)"};

const people_list people_on_the_clock{
    "people_on_the_clock", R"(
    SELECT o.person_id, coalesce(p.first_name, '') AS first_name, coalesce(p.last_name, '') AS last_name,
      o.clocked_in_at, o.break_id IS NOT NULL AS on_break, o.break_type, o.break_started_at
    FROM people.on_the_clock o LEFT JOIN people.person p USING (tenant_id, person_id)
    WHERE o.tenant_id = $1 AND o.location_id = $6)",
    "o.person_id",
    list_order{{{"clocked_in_at", list_order::kind::instant}, {"person_id", list_order::kind::id}}}};

}  // namespace

page<location> find_locations(pqxx::transaction_base& tx, tenant_uuid tenant, bool everywhere,
                              const std::vector<location_uuid>& among, const page_limits& limits) {
  return locations_by_code.read<location>(tx, tenant, limits, everywhere, array_literal(among));
}

std::optional<location> find_location(pqxx::transaction_base& tx, tenant_uuid tenant, location_uuid id) {
  return read_one<location>(location_by_id.run(tx, to_string(tenant), to_string(id)));
}

page<clocked_in_person> find_on_the_clock(pqxx::transaction_base& tx, tenant_uuid tenant,
                                          const people_scope& scope, location_uuid place,
                                          const page_limits& limits) {
  return people_on_the_clock.read<clocked_in_person>(tx, tenant, scope, limits, to_string(place));
}

}  // namespace musterd
