#include "persistence/find/find_timecards.hpp"

#include "persistence/load/load_timecard.hpp"

namespace musterd {
namespace {

/// Sessions and breaks are read only for the page's cards.
const people_list timecards_by_date{"timecards_by_date", R"(
    SELECT to_jsonb(c) - 'tenant_id' AS card,
      coalesce((SELECT jsonb_agg(to_jsonb(s) - 'tenant_id' ORDER BY s.clock_in_at, s.id)
        FROM people.clock_session s WHERE s.tenant_id = c.tenant_id AND s.timecard_id = c.id), '[]') AS sessions,
      coalesce((SELECT jsonb_agg(to_jsonb(b) - 'tenant_id' ORDER BY b.start_time, b.id)
        FROM people.break_record b WHERE b.tenant_id = c.tenant_id AND b.timecard_id = c.id), '[]') AS breaks
    FROM people.timecard c
    WHERE c.tenant_id = $1 AND c.person_id = $6 AND c.work_date BETWEEN $7 AND $8
      AND ($4::uuid[] IS NULL OR c.location_id = ANY ($4)))",
                                    "c.person_id",
                                    list_order{{{"(card ->> 'work_date')::date", list_order::kind::date},
                                                {"(card ->> 'id')::uuid", list_order::kind::id}}}};

const statement timecard_visible{"timecard_visible", R"(
  SELECT FROM people.timecard c WHERE c.tenant_id = $1 AND c.id = $2
    AND ($3::uuid[] IS NULL OR c.location_id = ANY ($3)) AND )" +
                                                         visible_person("c.person_id", "$3", "$4")};

}  // namespace

void validate(const timecard_filter& wanted, std::vector<field_error>& errors) {
  constexpr std::chrono::days longest_range{366};
  if (wanted.to < wanted.from ||
      std::chrono::sys_days{wanted.to} - std::chrono::sys_days{wanted.from} > longest_range)
    errors.push_back({"to", "to must not be before from, nor more than 366 days after it."});
}

page<workday> find_timecards(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                             const timecard_filter& wanted, const page_limits& limits) {
  return timecards_by_date.read<workday>(tx, tenant, scope, limits, to_string(wanted.employee_id),
                                         to_string(wanted.from), to_string(wanted.to));
}

std::optional<workday> find_timecard(pqxx::transaction_base& tx, tenant_uuid tenant,
                                     const people_scope& scope, timecard_uuid id) {
  if (timecard_visible.run(tx, to_string(tenant), to_string(id), scope.shops_parameter(), to_string(scope.at))
          .empty())
    return std::nullopt;
  return find_workday(tx, tenant, id);
}

}  // namespace musterd
