#pragma once

#include "domain/person/records.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

struct assignment_filter {
  std::optional<user_uuid> user_id;
  std::optional<location_uuid> location_id;
  std::optional<role_uuid> role_id;
  /// Those in force at this instant; nothing: all there ever were.
  std::optional<timestamp> in_force_at;
};

/// By start; of a scope of shops what holds there.
page<role_assignment> find_role_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                            const people_scope& scope, const assignment_filter& wanted,
                                            const page_limits& limits);

/// Whose assignment it is, and where it holds.
struct assignment_place {
  person_uuid person_id;
  std::optional<location_uuid> location_id;
};
BOOST_DESCRIBE_STRUCT(assignment_place, (), (person_id, location_id))

std::optional<assignment_place> find_assignment_place(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                      role_assignment_uuid id);
std::optional<role_assignment> find_role_assignment(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    const people_scope& scope, role_assignment_uuid id);

/// Assignments in force now, over all tenants; every role and scope it allows, also with none.
struct assignment_count {
  std::string role_name;
  musterd::scope_type scope_type = musterd::scope_type::global;
  std::int64_t assignments = 0;
};
BOOST_DESCRIBE_STRUCT(assignment_count, (), (role_name, scope_type, assignments))

std::vector<assignment_count> count_assignments_in_force(pqxx::transaction_base& tx);

/// Whose user it is.
std::optional<person_uuid> find_person_of_user(pqxx::transaction_base& tx, tenant_uuid tenant,
                                               user_uuid user);
/// The same, or 404.
outcome<uuid> expect_person_of_user(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user);
/// 404 unless the tenant has that user, and the scope its person.
outcome<void> expect_user(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                          user_uuid id);

}  // namespace musterd
