#include "persistence/find/find_technicians.hpp"

namespace musterd {
namespace {

const people_list available_technicians{"available_technicians", R"(
    SELECT p.person_id, p.first_name, p.last_name, a.roles, a.is_primary,
      CASE WHEN t.timer_id IS NOT NULL AND ($4::uuid[] IS NULL OR t.location_id = ANY ($4::uuid[]))
           THEN jsonb_build_object('work_order_id', t.work_order_id, 'since', t.start_time) END AS active_timer
    FROM (SELECT person_id, array_agg(role ORDER BY role) AS roles, bool_or(is_primary) AS is_primary
          FROM people.location_assignment
          WHERE tenant_id = $1 AND location_id = $6 AND effective_start_at <= $7
            AND coalesce(effective_end_at, 'infinity') > $7
          GROUP BY person_id) a
    JOIN people.person p ON p.tenant_id = $1 AND p.person_id = a.person_id
    LEFT JOIN security.app_user u ON u.tenant_id = $1 AND u.person_id = a.person_id
    LEFT JOIN workexec.job_timer t
      ON t.tenant_id = $1 AND t.technician_id = a.person_id AND t.status = 'RUNNING'
    WHERE p.status = 'ACTIVE' AND (u.user_id IS NULL OR u.status = 'ACTIVE'))",
                                        "p.person_id",
                                        list_order{{{"last_name", list_order::kind::text},
                                                    {"first_name", list_order::kind::text},
                                                    {"person_id", list_order::kind::id}}}};

}  // namespace

page<available_technician> find_available_technicians(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                      const people_scope& scope, location_uuid place,
                                                      timestamp at, const page_limits& limits) {
  return available_technicians.read<available_technician>(tx, tenant, scope, limits, to_string(place),
                                                          to_string(at));
}

}  // namespace musterd
