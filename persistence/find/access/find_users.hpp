#pragma once

#include "domain/person/views.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

/// A user as shown to administrators.
struct user_view {
  user_uuid user_id;
  musterd::person_uuid person_id;
  std::string username;
  std::optional<std::string> email;
  std::optional<std::string> subject;
  access_status status = access_status::active;
  timestamp status_effective_at{};
  std::optional<std::string> status_reason_code;
  /// Whether the people side has linked user and person; FAILED while the message is a dead letter.
  musterd::link_status link_status = musterd::link_status::pending;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(user_view, (),
                      (user_id, person_id, username, email, subject, status, status_effective_at,
                       status_reason_code, link_status, created_at, updated_at, version))

struct user_filter {
  std::optional<std::string> search;
  std::optional<access_status> status;
  bool eligible = false;
  static constexpr std::array<std::string_view, 3> meanings{
      "Part of the username or the person's name.", "ACTIVE, DISABLED or TERMINATED.",
      "Only those who may be given work or roles: person and user ACTIVE."};
};
BOOST_DESCRIBE_STRUCT(user_filter, (), (search, status, eligible))

struct person_filter {
  std::optional<std::string> search;
  /// S90-R5: the person is ACTIVE, and so is its user, if any.
  bool eligible = false;
  static constexpr std::array<std::string_view, 2> meanings{
      "Part of the name or the email.", "Only those who may be given work or roles: person and user ACTIVE."};
};
BOOST_DESCRIBE_STRUCT(person_filter, (), (search, eligible))

/// By username.
page<user_view> find_users(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                           const user_filter& wanted, const page_limits& limits);
std::optional<user_view> find_user(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid id);
/// A person's user, if any.
std::optional<user_view> find_user_of(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person);

struct user_credentials {
  std::string tenant_code;
  std::string username;
  person_uuid person;
  /// Empty for a user without password. Never logged.
  std::string password_hash;
  /// 0: no password.
  std::int64_t credential_version = 0;

  /// nullopt for a user without password.
  std::optional<std::string> hash() const {
    return password_hash.empty() ? std::nullopt : std::optional{password_hash};
  }
};
std::optional<user_credentials> find_credentials(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                 user_uuid user);
std::string find_tenant_code(pqxx::transaction_base& tx, tenant_uuid tenant);

/// Persons by name.
page<person> find_persons(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                          const person_filter& wanted, const page_limits& limits);
/// 404 unless the tenant has that person and the scope covers them.
outcome<void> expect_person(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                            person_uuid id);

}  // namespace musterd
