#include "persistence/find_timecards.hpp"

namespace musterd {
namespace {

/// What is on the cards is read for those of the page only.
const list_statement timecards_by_date{"timecards_by_date", R"(
    SELECT to_jsonb(c) - 'tenant_id' AS card,
      coalesce((SELECT jsonb_agg(to_jsonb(s) - 'tenant_id' ORDER BY s.clock_in_at, s.id)
        FROM people.clock_session s WHERE s.tenant_id = c.tenant_id AND s.timecard_id = c.id), '[]') AS sessions,
      coalesce((SELECT jsonb_agg(to_jsonb(b) - 'tenant_id' ORDER BY b.start_time, b.id)
        FROM people.break_record b WHERE b.tenant_id = c.tenant_id AND b.timecard_id = c.id), '[]') AS breaks
    FROM people.timecard c
    WHERE c.tenant_id = $1 AND c.person_id = $4 AND c.work_date BETWEEN $5 AND $6
      AND ($7 OR c.location_id = ANY ($8::uuid[])))",
                                       list_order{{{"(card ->> 'work_date')::date", list_order::kind::date},
                                                   {"(card ->> 'id')::uuid", list_order::kind::id}}}};

}  // namespace

page<workday> find_timecards(pqxx::transaction_base& tx, tenant_uuid tenant, const timecard_filter& wanted,
                             const page_limits& limits) {
  return timecards_by_date.read<workday>(tx, tenant, limits, to_string(wanted.person_id),
                                         to_string(wanted.from), to_string(wanted.to), wanted.everywhere,
                                         uuid_array(wanted.among));
}

}  // namespace musterd
