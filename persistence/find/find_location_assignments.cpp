#include "persistence/find/find_location_assignments.hpp"

namespace musterd {
namespace {

const people_list placements_by_start{
    "placements_by_start",
    R"(
    SELECT a.assignment_id, a.person_id, a.location_id, a.role, a.is_primary, a.effective_start_at,
      a.effective_end_at, a.created_at, a.updated_at, a.change_reason_code, a.version,
      )" +
        author_shown("a.created_by", "$4", "$5") + " AS created_by, " +
        author_shown("a.updated_by", "$4", "$5") + R"( AS updated_by
    FROM people.location_assignment a WHERE a.tenant_id = $1
      AND ($4::uuid[] IS NULL OR a.location_id = ANY ($4))
      AND ($6::uuid IS NULL OR a.person_id = $6) AND ($7::uuid IS NULL OR a.location_id = $7)
      AND CASE $8 WHEN 'ACTIVE' THEN a.effective_start_at <= $9::timestamptz
                    AND (a.effective_end_at IS NULL OR a.effective_end_at > $9)
                  WHEN 'HISTORY' THEN a.effective_end_at <= $9 ELSE true END)",
    "a.person_id",
    list_order{{{"effective_start_at", list_order::kind::instant}, {"assignment_id", list_order::kind::id}}}};

const statement placement_by_id{"placement_by_id", R"(
  SELECT to_jsonb(a) - 'tenant_id' || jsonb_build_object('created_by', )" +
                                                       author_shown("a.created_by", "$3", "$4") +
                                                       ", 'updated_by', " +
                                                       author_shown("a.updated_by", "$3", "$4") + R"()
  FROM people.location_assignment a
  WHERE a.tenant_id = $1 AND a.assignment_id = $2
    AND ($3::uuid[] IS NULL OR a.location_id = ANY ($3)) AND )" +
                                                       visible_person("a.person_id", "$3", "$4")};

const statement placement_place_by_id{"placement_place_by_id", R"(
  SELECT jsonb_build_object('person_id', person_id, 'location_id', location_id)
  FROM people.location_assignment WHERE tenant_id = $1 AND assignment_id = $2)"};

/// Skips ended ones by the index `placement_in_force`.
constexpr auto count_in_force = R"(
  SELECT count(*) FROM people.location_assignment
  WHERE coalesce(effective_end_at, 'infinity') > now() AND effective_start_at <= now())";

}  // namespace

page<location_assignment> find_location_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    const people_scope& scope, const placement_filter& wanted,
                                                    const page_limits& limits) {
  return placements_by_start.read<location_assignment>(
      tx, tenant, scope, limits, filter(wanted.person_id), filter(wanted.location_id),
      std::string{enum_name(wanted.state)}, to_string(wanted.at.value_or(scope.at)));
}

std::optional<location_assignment> find_location_assignment(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                            const people_scope& scope,
                                                            location_assignment_uuid id) {
  return read_one<location_assignment>(placement_by_id.run(tx, to_string(tenant), to_string(id),
                                                           scope.shops_parameter(), to_string(scope.at)));
}

std::optional<placement_place> find_placement_place(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    location_assignment_uuid id) {
  return read_one<placement_place>(placement_place_by_id.run(tx, to_string(tenant), to_string(id)));
}

std::int64_t count_placements_in_force(pqxx::transaction_base& tx) {
  return tx.exec(count_in_force)[0][0].as<std::int64_t>();
}

}  // namespace musterd
