#include "persistence/find/access/find_role_assignments.hpp"

#include "domain/person/faults.hpp"

namespace musterd {
namespace {

const people_list assignments_by_start{"assignments_by_start", R"(
    SELECT a.assignment_id, a.user_id, a.role_id, a.scope_type, a.location_id, a.effective_start_date,
      a.effective_end_date, a.created_at, a.updated_at, a.reason_code, a.version,
      )" + author_shown("a.changed_by", "$4", "$5") + R"( AS changed_by
    FROM people.role_assignment a LEFT JOIN security.app_user u USING (tenant_id, user_id)
    WHERE a.tenant_id = $1
      AND ($4::uuid[] IS NULL OR a.location_id = ANY ($4))
      AND ($6::uuid IS NULL OR a.user_id = $6) AND ($7::uuid IS NULL OR a.location_id = $7)
      AND ($8::uuid IS NULL OR a.role_id = $8)
      AND ($9::timestamptz IS NULL OR (a.effective_start_date <= $9
           AND (a.effective_end_date IS NULL OR a.effective_end_date > $9))))",
                                       "u.person_id",
                                       list_order{{{"effective_start_date", list_order::kind::instant},
                                                   {"assignment_id", list_order::kind::id}}}};

const statement assignment_place_by_id{"assignment_place_by_id", R"(
  SELECT jsonb_build_object('person_id', u.person_id, 'location_id', a.location_id)
  FROM people.role_assignment a JOIN security.app_user u USING (tenant_id, user_id)
  WHERE a.tenant_id = $1 AND a.assignment_id = $2)"};

const statement assignment_by_id{"assignment_by_id", R"(
  SELECT to_jsonb(a) - 'tenant_id' || jsonb_build_object('changed_by', )" +
                                                         author_shown("a.changed_by", "$3", "$4") + R"()
  FROM people.role_assignment a JOIN security.app_user u USING (tenant_id, user_id)
  WHERE a.tenant_id = $1 AND a.assignment_id = $2
    AND ($3::uuid[] IS NULL OR a.location_id = ANY ($3)) AND )" +
                                                         visible_person("u.person_id", "$3", "$4")};

const statement user_exists{"user_exists",
                            "SELECT FROM security.app_user u WHERE u.tenant_id = $1 AND u.user_id = $2 AND " +
                                visible_person("u.person_id", "$3", "$4")};

/// Skips ended ones by the index `assignment_in_force`.
constexpr auto counts_in_force = R"(
  WITH held AS (
    SELECT tenant_id, role_id, scope_type, count(*) AS assignments FROM people.role_assignment
    WHERE coalesce(effective_end_date, 'infinity') > now() AND effective_start_date <= now() GROUP BY 1, 2, 3)
  SELECT jsonb_build_object('role_name', r.role_name, 'scope_type', s.scope_type,
    'assignments', coalesce(sum(h.assignments), 0))
  FROM security.role r CROSS JOIN LATERAL unnest(r.allowed_scopes) AS s (scope_type)
  LEFT JOIN held h ON h.tenant_id = r.tenant_id AND h.role_id = r.role_id AND h.scope_type = s.scope_type
  GROUP BY r.role_name, s.scope_type)";

const statement person_of_user{"person_of_user", R"(
  SELECT person_id FROM security.app_user WHERE tenant_id = $1 AND user_id = $2)"};

}  // namespace

page<role_assignment> find_role_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                            const people_scope& scope, const assignment_filter& wanted,
                                            const page_limits& limits) {
  return assignments_by_start.read<role_assignment>(tx, tenant, scope, limits, filter(wanted.user_id),
                                                    filter(wanted.location_id), filter(wanted.role_id),
                                                    filter(wanted.in_force_at));
}

std::optional<assignment_place> find_assignment_place(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                      role_assignment_uuid id) {
  return read_one<assignment_place>(assignment_place_by_id.run(tx, to_string(tenant), to_string(id)));
}

std::optional<role_assignment> find_role_assignment(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    const people_scope& scope, role_assignment_uuid id) {
  return read_one<role_assignment>(assignment_by_id.run(tx, to_string(tenant), to_string(id),
                                                        scope.shops_parameter(), to_string(scope.at)));
}

std::vector<assignment_count> count_assignments_in_force(pqxx::transaction_base& tx) {
  std::vector<assignment_count> result;
  for (const auto& row : tx.exec(counts_in_force))
    result.push_back(value_from_row<assignment_count>(row[0].as<std::string>()));
  return result;
}

std::optional<person_uuid> find_person_of_user(pqxx::transaction_base& tx, tenant_uuid tenant,
                                               user_uuid user) {
  auto rows = person_of_user.run(tx, to_string(tenant), to_string(user));
  if (rows.empty())
    return std::nullopt;
  return person_uuid{*uuid::parse(rows[0][0].as<std::string>())};
}

outcome<uuid> expect_person_of_user(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user) {
  auto person = find_person_of_user(tx, tenant, user);
  return person ? outcome<uuid>{person->value} : user_not_found;
}

outcome<void> expect_user(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                          user_uuid id) {
  if (user_exists.run(tx, to_string(tenant), to_string(id), scope.shops_parameter(), to_string(scope.at))
          .empty())
    return user_not_found;
  return boost::system::in_place_value;
}

}  // namespace musterd
