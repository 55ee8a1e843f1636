#pragma once

#include "domain/person/records.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

struct assignment_filter {
  std::optional<user_uuid> user_id;
  std::optional<location_uuid> location_id;
  std::optional<role_uuid> role_id;
  /// Only those in force at this instant; nullopt: all ever.
  std::optional<timestamp> in_force_at;
};

/// By start; a scope of shops covers only assignments at them.
page<role_assignment> find_role_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                            const people_scope& scope, const assignment_filter& wanted,
                                            const page_limits& limits);

/// The assignment's person and place.
struct assignment_place {
  person_uuid person_id;
  std::optional<location_uuid> location_id;
};
BOOST_DESCRIBE_STRUCT(assignment_place, (), (person_id, location_id))

std::optional<assignment_place> find_assignment_place(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                      role_assignment_uuid id);
std::optional<role_assignment> find_role_assignment(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                    const people_scope& scope, role_assignment_uuid id);

/// Assignments now in force, over all tenants; for every role and allowed scope, even with none.
struct assignment_count {
  std::string role_name;
  musterd::scope_type scope_type = musterd::scope_type::global;
  std::int64_t assignments = 0;
};
BOOST_DESCRIBE_STRUCT(assignment_count, (), (role_name, scope_type, assignments))

std::vector<assignment_count> count_assignments_in_force(pqxx::transaction_base& tx);

std::optional<person_uuid> find_person_of_user(pqxx::transaction_base& tx, tenant_uuid tenant,
                                               user_uuid user);
/// 404 if there is no such user.
outcome<uuid> expect_person_of_user(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user);
/// 404 unless the tenant has that user and the scope covers its person.
outcome<void> expect_user(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                          user_uuid id);

}  // namespace musterd
